package trace

import (
	"strconv"
	"time"

	"github.com/penstock/penstock/internal/contract"
)

// keyText is the value of an accepted event's key as a text SQL can compare.
func keyText(out contract.Outcome) string {
	for i, c := range out.Table.Columns {
		if c.Name == out.Table.Key {
			return valueText(c.Type, out.Row[i])
		}
	}
	return ""
}

func valueText(t contract.Type, v contract.Value) string {
	if v.Null {
		return ""
	}
	switch t.Kind {
	case contract.Boolean:
		return strconv.FormatBool(v.Int != 0)
	case contract.Integer, contract.Bigint:
		return strconv.FormatInt(v.Int, 10)
	case contract.Double:
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	case contract.Date:
		return time.Unix(v.Int*86400, 0).UTC().Format(time.DateOnly)
	case contract.Timestamp:
		return time.UnixMicro(v.Int).UTC().Format(time.RFC3339Nano)
	}
	return string(v.Bytes)
}
