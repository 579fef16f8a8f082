package atdl

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The document's namespaces.
const (
	nsCore       = "http://www.fixprotocol.org/FIXatdl-1-1/Core"
	nsValidation = "http://www.fixprotocol.org/FIXatdl-1-1/Validation"
	nsLayout     = "http://www.fixprotocol.org/FIXatdl-1-1/Layout"
	nsFlow       = "http://www.fixprotocol.org/FIXatdl-1-1/Flow"
	nsInstance   = "http://www.w3.org/2001/XMLSchema-instance"
)

// Write writes the FIXatdl 1.1 document of all strategies, for a desk's OMS. provider
// is the providerID that the OMS shows. Parameters travel as tags of their own.
func Write(w io.Writer, provider string) error {
	e := &encoder{w: w}
	e.line(`<?xml version="1.0" encoding="UTF-8"?>`)
	e.open("Strategies", "xmlns", nsCore, "xmlns:val", nsValidation, "xmlns:lay", nsLayout, "xmlns:flow", nsFlow, "xmlns:xsi", nsInstance,
		"xsi:schemaLocation", nsCore+" fixatdl-core-1-1.xsd", "strategyIdentifierTag", "847", "changeStrategyOnCxlRpl", "false")
	for _, s := range Strategies() {
		e.strategy(&s, provider)
	}
	e.close("Strategies")
	return e.err
}

func (e *encoder) strategy(s *Strategy, provider string) {
	e.open("Strategy", "name", s.Name, "uiRep", s.Name, "wireValue", strconv.Itoa(s.Wire), "version", "1", "fixMsgType", "D", "providerID", provider)
	e.text("Description", s.Doc)
	for i := range s.Params {
		e.param(&s.Params[i])
	}
	e.open("lay:StrategyLayout")
	e.open("lay:StrategyPanel", "title", s.Name, "orientation", "VERTICAL", "collapsible", "false")
	for i := range s.Params {
		e.control(&s.Params[i])
	}
	e.close("lay:StrategyPanel")
	e.close("lay:StrategyLayout")
	e.open("val:StrategyEdit", "errorMessage", ErrEnd.Error())
	e.open("val:Edit", "logicOperator", "OR")
	e.empty("val:Edit", "field", "StartTime", "operator", "NX")
	e.empty("val:Edit", "field", "EndTime", "operator", "NX")
	e.empty("val:Edit", "field", "EndTime", "operator", "GT", "field2", "StartTime")
	e.close("val:Edit")
	e.close("val:StrategyEdit")
	e.close("Strategy")
}

// types are FIXatdl's names of the kinds.
var types = [...]string{Timestamp: "UTCTimestamp_t", Fraction: "Percentage_t", Decimal: "Float_t", Choice: "String_t"}

func (e *encoder) param(p *Param) {
	attrs := []string{"name", p.Name, "xsi:type", types[p.Kind], "fixTag", strconv.Itoa(p.Tag), "use", "optional", "mutableOnCxlRpl", strconv.FormatBool(!p.Fixed)}
	if p.Required {
		attrs[7] = "required"
	}
	if p.Tag < 1000 {
		attrs = append(attrs, "definedByFIX", "true")
	}
	if p.Kind == Fraction || p.Kind == Decimal {
		attrs = append(attrs, "minValue", p.format(p.Min), "maxValue", p.format(p.Max), "precision", strconv.Itoa(p.decimals()))
	}
	e.open("Parameter", attrs...)
	e.text("Description", p.Doc)
	for _, v := range p.Values {
		e.empty("EnumPair", "enumID", "e_"+v, "wireValue", v)
	}
	e.close("Parameter")
}

func (e *encoder) control(p *Param) {
	id := "c_" + p.Name
	switch p.Kind {
	case Timestamp:
		e.empty("lay:Control", "xsi:type", "lay:Clock_t", "ID", id, "label", p.Name, "parameterRef", p.Name, "tooltip", p.Doc)
	case Choice:
		e.open("lay:Control", "xsi:type", "lay:DropDownList_t", "ID", id, "label", p.Name, "parameterRef", p.Name, "initValue", "e_"+p.Values[0], "tooltip", p.Doc)
		for _, v := range p.Values {
			e.empty("lay:ListItem", "enumID", "e_"+v, "uiRep", v)
		}
		e.close("lay:Control")
	default:
		e.empty("lay:Control", "xsi:type", "lay:TextField_t", "ID", id, "label", p.Name, "parameterRef", p.Name, "tooltip", p.Doc)
	}
}

// encoder writes indented elements with their prefixes as given: encoding/xml makes
// prefixes of its own, which FIXatdl readers do not all take.
type encoder struct {
	w     io.Writer
	depth int
	err   error
}

func (e *encoder) line(s string) {
	if e.err == nil {
		_, e.err = fmt.Fprintf(e.w, "%s%s\n", strings.Repeat("  ", e.depth), s)
	}
}

func (e *encoder) open(name string, attrs ...string) {
	e.line("<" + name + attributes(attrs) + ">")
	e.depth++
}

func (e *encoder) close(name string) {
	e.depth--
	e.line("</" + name + ">")
}

func (e *encoder) empty(name string, attrs ...string) { e.line("<" + name + attributes(attrs) + "/>") }

func (e *encoder) text(name, s string) { e.line("<" + name + ">" + escape(s) + "</" + name + ">") }

func attributes(pairs []string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&b, ` %s="%s"`, pairs[i], escape(pairs[i+1]))
	}
	return b.String()
}

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}
