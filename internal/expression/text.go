package expression

import (
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// maxText bounds a text, or a list as JSON, that an expression puts together.
const maxText = 16 << 20

// join is [...].join() and [...].join(separator). Numbers and booleans are joined as string() writes them.
func join(e *evaluation, args []ref.Val) ref.Val {
	l, ok := args[0].(traits.Lister)
	separator := types.String("")
	if len(args) == 2 && ok {
		separator, ok = args[1].(types.String)
	}
	if !ok {
		return failure(errJoin)
	}
	var out []byte
	for i := types.Int(0); i < l.Size().(types.Int); i++ {
		item := l.Get(i)
		switch {
		case types.IsError(item):
			return item
		case !e.spend(50 + weight(item) + len(separator)/8):
			return failure(errTooCostly)
		}
		text, ok := textOfValue(item).(types.String)
		if !ok {
			return failure(errJoin)
		}
		if i > 0 {
			out = append(out, separator...)
		}
		if out = append(out, text...); len(out) > maxText {
			return failure(errTooCostly)
		}
	}
	return types.String(out)
}

var errJoin = wrongType("join needs a list of texts, numbers or booleans")

// replaceText is text.replace(old, new) and text.replace(old, new, limit).
func replaceText(e *evaluation, args []ref.Val) ref.Val {
	text, ok1 := args[0].(types.String)
	old, ok2 := args[1].(types.String)
	fresh, ok3 := args[2].(types.String)
	limit, ok4 := int64(-1), true
	if len(args) == 4 {
		var n number
		if n, ok4 = toNumber(args[3]); ok4 {
			limit, ok4 = n.int64()
		}
	}
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return failure(errReplace)
	}
	count := int64(strings.Count(string(text), string(old)))
	if limit < 0 || limit > count {
		limit = count
	}
	if int64(len(text))+limit*int64(len(fresh)) > maxText {
		return failure(errTooCostly)
	}
	return types.String(strings.Replace(string(text), string(old), string(fresh), int(limit)))
}

var errReplace = wrongType("replace needs texts, and perhaps a whole number")
