package desk

import (
	"bytes"
	"strconv"
)

// field is one tag=value of a message.
type field struct {
	tag   int
	value string
}

// fields are those of one message in wire order. The session layer has checked that
// no tag appears twice outside a group.
type fields []field

// parseFields splits a whole message. What is not tag=value is left out: the
// session layer has refused it before.
func parseFields(raw []byte) fields {
	list := make(fields, 0, bytes.Count(raw, []byte{soh}))
	for len(raw) > 0 {
		end := bytes.IndexByte(raw, soh)
		if end < 0 {
			break
		}
		if eq := bytes.IndexByte(raw[:end], '='); eq > 0 {
			if tag, err := strconv.Atoi(string(raw[:eq])); err == nil {
				list = append(list, field{tag, string(raw[eq+1 : end])})
			}
		}
		raw = raw[end+1:]
	}
	return list
}

// get is the value of the first field with this tag, "" if there is none.
func (f fields) get(tag int) string {
	for i := range f {
		if f[i].tag == tag {
			return f[i].value
		}
	}
	return ""
}

func (f fields) has(tag int) bool {
	for i := range f {
		if f[i].tag == tag {
			return true
		}
	}
	return false
}

// strategyParam is one entry of StrategyParametersGrp(957).
type strategyParam struct{ name, typ, value string }

// strategyParams reads StrategyParametersGrp; the session layer has checked its count.
func (f fields) strategyParams() []strategyParam {
	var list []strategyParam
	for i := range f {
		if f[i].tag == tagStrategyParamName {
			list = append(list, strategyParam{name: f[i].value})
		}
		if len(list) == 0 {
			continue
		}
		switch p := &list[len(list)-1]; f[i].tag {
		case tagStrategyParamType:
			p.typ = f[i].value
		case tagStrategyParamVal:
			p.value = f[i].value
		}
	}
	return list
}
