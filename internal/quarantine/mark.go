package quarantine

import (
	"errors"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/document"
	"github.com/penstock/penstock/internal/event"
)

// Mark is a place in Event.Raw, in UTF-16 code units, as browsers count: From included, To not.
type Mark struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// mark finds the place that an event was refused for; nil where there is none, as for a field that is
// missing.
func (b *Browser) mark(e Event) *Mark {
	raw := e.exact()
	var parser document.Parser
	root, err := parser.Parse(raw)
	if syntax, ok := errors.AsType[*document.SyntaxError](err); ok {
		if len(raw) == 0 {
			return nil
		}
		from := min(syntax.Offset, len(raw)-1)
		return units(raw, from, from+1)
	}
	if err != nil || e.Field == "" {
		return nil
	}
	if event.Reason(e.Reason) == event.ReasonUnknownField {
		for name, value := range root.Fields() {
			if string(name.Text()) == e.Field {
				from, _ := name.Span()
				_, to := value.Span()
				return units(raw, from, to)
			}
		}
		return nil
	}
	definition := b.definitions[e.Contract]
	if definition == nil {
		return nil
	}
	for _, path := range definition.paths(e.Field) {
		if value := path.Find(root); value.Exists() {
			from, to := value.Span()
			return units(raw, from, to)
		}
	}
	return nil
}

// units turns bytes of raw into UTF-16 code units of the text it is shown as, in which a character has
// one or two and each byte that is no text is one U+FFFD.
func units(raw []byte, from, to int) *Mark {
	var m Mark
	for i, n := 0, 0; ; {
		if i <= from {
			m.From = n
		}
		if i >= to || i >= len(raw) {
			m.To = n
			return &m
		}
		r, size := utf8.DecodeRune(raw[i:])
		i += size
		n++
		if r > 0xFFFF {
			n++
		}
	}
}
