package contract

import (
	"errors"

	"github.com/penstock/penstock/internal/document"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/expression"
)

func (c *contract) hasPrivate() bool {
	for i := range c.columns {
		if c.columns[i].private() {
			return true
		}
	}
	return false
}

func quarantined(c *contract, reason event.Reason, field, detail string) Outcome {
	out := Outcome{Verdict: Quarantined, Reason: reason, Field: field, Detail: detail}
	if c != nil {
		out.Table, out.Contract = c.table, c.table.Name
	}
	return out
}

// unreadable is the outcome of an event that is no document.
func unreadable(data []byte, err error) Outcome {
	reason := event.ReasonNotJSON
	switch {
	case errors.Is(err, document.ErrTooDeep):
		reason = event.ReasonTooDeep
	case errors.Is(err, document.ErrTooLarge):
		reason = event.ReasonTooLarge
	case isAggregate(data):
		return quarantined(nil, reason, "", aggregateDetail)
	}
	return quarantined(nil, reason, "", bounded(err.Error()))
}

func unmatched(root document.Value) Outcome {
	detail := "no contract's match accepted the event"
	if kind := root.Kind(); kind != document.Object {
		detail = "the event is no object but of the kind " + kind.String() + ", which no contract takes"
	}
	return quarantined(nil, event.ReasonNoContract, "", detail)
}

func (c *contract) failedExpression(col *column, err error) Outcome {
	reason := event.ReasonExpression
	var fault *expression.EvalError
	if errors.As(err, &fault) && fault.Fault == expression.InvalidText {
		reason = event.ReasonInvalidText
	}
	return quarantined(c, reason, col.name, bounded(err.Error()))
}

func (c *column) missingDetail(in *input) string {
	what := "the event has no value for this required column"
	if in.kind == textual {
		what = "the text is empty, which stands for no value, and the column is required"
	}
	if c.source != c.name {
		what = bounded(c.source + ": " + what)
	}
	return what
}
