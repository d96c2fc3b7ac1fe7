package snowflake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// text is a value as DuckDB's results have it. The driver gives a value in another Go type for each format of results:
// texts and numbers by value where they come as JSON, which is what we ask for, and pointers where they come as Arrow.
func text(cell any, kind string) string {
	switch v := cell.(type) {
	case string:
		return written(v, kind)
	case []byte:
		return string(v)
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return double(v)
	case big.Int:
		return v.String()
	case *big.Int:
		return v.String()
	case big.Float:
		return exact(&v, kind)
	case *big.Float:
		return exact(v, kind)
	case time.Time:
		if kind == "DATE" {
			return v.Format(time.DateOnly)
		}
		return v.UTC().Format("2006-01-02T15:04:05.999999") + "Z"
	}
	return fmt.Sprint(cell)
}

// written is a value that came as Snowflake wrote it.
func written(text, kind string) string {
	switch kind {
	case "BOOLEAN":
		if truth, err := strconv.ParseBool(text); err == nil { // 1 and 0
			return strconv.FormatBool(truth)
		}
	case "DOUBLE":
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			return double(v)
		}
	case "JSON":
		return compact(text)
	}
	return decimal(text, kind)
}

// double writes the fewest digits that mean the number, and whole numbers with .0.
func double(v float64) string {
	if size := math.Abs(v); size != 0 && (size < 1e-4 || size >= 1e16) || math.IsNaN(v) {
		return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(v, 'g', -1, 64), "+"))
	}
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// compact is a document without the line breaks and spaces that Snowflake writes into it.
func compact(document string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(document)) != nil {
		return document
	}
	return b.String()
}

// exact is a decimal with the digits of its scale; one without a scale has as many as it needs.
func exact(v *big.Float, kind string) string { return decimal(v.Text('f', scaleOf(kind)), kind) }

// scaleOf is the scale of a type DECIMAL(p,s), and -1 of any other.
func scaleOf(kind string) int {
	var precision, scale int
	if _, err := fmt.Sscanf(kind, "DECIMAL(%d,%d)", &precision, &scale); err != nil {
		return -1
	}
	return scale
}

// decimal writes a decimal with all digits of its scale.
func decimal(text, kind string) string {
	scale := scaleOf(kind)
	if scale <= 0 {
		return text
	}
	whole, fraction, _ := strings.Cut(text, ".")
	return whole + "." + fraction + strings.Repeat("0", max(scale-len(fraction), 0))
}
