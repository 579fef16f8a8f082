package desk

import (
	"strconv"

	"github.com/quickfixgo/quickfix"

	"slipstream/internal/market"
)

// draft builds one outbound message; quickfixgo sorts the fields by tag.
type draft struct {
	*quickfix.Message
	precision quickfix.TimestampPrecision
}

func (g *Gateway) draft(msgType string, v Version) draft {
	d := draft{quickfix.NewMessage(), g.precision}
	if v == FIX42 && g.precision != quickfix.Seconds {
		d.precision = quickfix.Millis // the most that FIX 4.2 knows
	}
	d.Header.SetString(tagMsgType, msgType)
	return d
}

func (d draft) str(tag quickfix.Tag, v string) { d.Body.SetString(tag, v) }
func (d draft) char(tag quickfix.Tag, v byte)  { d.Body.SetString(tag, string(rune(v))) }
func (d draft) int(tag quickfix.Tag, v int)    { d.Body.SetString(tag, strconv.Itoa(v)) }

func (d draft) qty(tag quickfix.Tag, v market.Qty)     { d.Body.SetString(tag, formatQty(v)) }
func (d draft) price(tag quickfix.Tag, v market.Price) { d.Body.SetString(tag, formatPrice(v)) }

func (d draft) time(tag quickfix.Tag, n market.Nanos) {
	d.Body.SetField(tag, quickfix.FIXUTCTimestamp{Time: toTime(n), Precision: d.precision})
}

// echo repeats what the order's D or G carried.
func (d draft) echo(v dialect, e *echo) {
	if e == nil {
		return
	}
	for _, f := range e.fields {
		if v.echoes(f.tag) {
			d.Body.SetString(quickfix.Tag(f.tag), f.value)
		}
	}
	if len(e.params) == 0 || !v.echoes(tagNoStrategyParams) {
		return
	}
	group := quickfix.NewRepeatingGroup(tagNoStrategyParams, quickfix.GroupTemplate{
		quickfix.GroupElement(tagStrategyParamName), quickfix.GroupElement(tagStrategyParamType),
		quickfix.GroupElement(tagStrategyParamVal),
	})
	for _, p := range e.params {
		item := group.Add()
		item.SetString(tagStrategyParamName, p.name)
		item.SetString(tagStrategyParamType, p.typ)
		item.SetString(tagStrategyParamVal, p.value)
	}
	d.Body.SetGroup(group)
}

func tagOf(n int) quickfix.Tag { return quickfix.Tag(n) }

func strconvUint(n uint64) string { return strconv.FormatUint(n, 10) }

// orderID is OrderID(37) of a parent; "NONE" for 0.
func orderID(parent uint64) string {
	if parent == 0 {
		return "NONE"
	}
	return strconv.FormatUint(parent, 10)
}
