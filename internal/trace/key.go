package trace

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/dialect"
)

// keyLiteral is a key that people wrote as a value of its column's type, in SQL; ok is false for a text that is no such
// value. The value is made here, not by the warehouse's TRY_CAST: warehouses differ in what they take for a time, and
// Snowflake keeps a UUID as a text.
func keyLiteral(t contract.Type, key string) (sql string, ok bool) {
	key, exact := strings.TrimSpace(key), key
	switch t.Kind {
	case contract.Varchar:
		return dialect.Text(exact), true
	case contract.UUID:
		return dialect.Text(strings.ToLower(key)), uuid.MatchString(key)
	case contract.Boolean:
		truth, err := strconv.ParseBool(strings.ToLower(key))
		return strconv.FormatBool(truth), err == nil
	case contract.Integer, contract.Bigint:
		n, err := strconv.ParseInt(key, 10, 64)
		return strconv.FormatInt(n, 10), err == nil
	case contract.Decimal:
		whole, fraction, _ := strings.Cut(strings.TrimLeft(key, "+-"), ".")
		fits := len(strings.TrimLeft(whole, "0")) <= t.Precision-t.Scale && len(strings.TrimRight(fraction, "0")) <= t.Scale
		return "cast('" + key + "' as " + t.String() + ")", fits && decimal.MatchString(key)
	case contract.Date:
		at, err := time.Parse(time.DateOnly, key)
		return "cast('" + at.Format(time.DateOnly) + "' as date)", err == nil
	case contract.Timestamp:
		return timestampLiteral(key)
	}
	return "", false // no other type can be a key
}

var (
	uuid    = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`)
	decimal = regexp.MustCompile(`^[+-]?[0-9]{1,38}(\.[0-9]{1,38})?$`)
)

// timestampLiteral reads ISO 8601 as the pages and the warehouses write it. Without an offset it is UTC.
func timestampLiteral(text string) (sql string, ok bool) {
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05 Z07:00",
		"2006-01-02T15:04:05", time.DateTime, time.DateOnly,
	} {
		if at, err := time.Parse(layout, text); err == nil {
			return dialect.Time(at), true
		}
	}
	return "", false
}
