package snowflake

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/penstock/penstock/internal/event"
)

// maxQuery is the longest statement people may send, in bytes.
const maxQuery = 1 << 20

// onlySelect refuses what is not one SELECT over tables. It reads words, outside of texts, quoted names and comments: the
// statement begins with SELECT, WITH or a bracket, there is one, and it names neither stages (@) nor Snowflake's system
// functions (SYSTEM$). Nor may it go on with other statements behind the flow operator (->>), or call a procedure that it
// brings along (WITH name AS PROCEDURE ... CALL name). What it cannot know, such as a function of the team's own that
// writes, the reader's role refuses.
func onlySelect(statement string) error {
	if len(statement) > maxQuery {
		return refuse("the statement is longer than 1 MiB", "ask in parts")
	}
	code, ok := bare(statement)
	if !ok {
		return refuse("a text, a quoted name or a comment does not end", "close it")
	}
	code = strings.TrimRight(strings.TrimSpace(code), "; \t\r\n")
	first, _, _ := strings.Cut(strings.TrimLeftFunc(code, func(r rune) bool { return r == '(' || unicode.IsSpace(r) }), " ")
	first, _, _ = strings.Cut(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '(' || r == '*' {
			return ' '
		}
		return r
	}, first), " ")
	switch upper := strings.ToUpper(code); {
	case !strings.EqualFold(first, "select") && !strings.EqualFold(first, "with"):
		return refuse("only SELECT is allowed here", "begin with SELECT or WITH")
	case strings.Contains(code, ";"):
		return refuse("there is more than one statement", "send them one by one")
	case strings.Contains(code, "->>"):
		return refuse("->> chains statements", "write one SELECT; a WITH can hold what the others would")
	case procedure.MatchString(code):
		return refuse("procedures cannot be called here", "write one SELECT; a column of the name call or procedure needs double quotes")
	case strings.Contains(code, "@"), quotedStage.MatchString(statement):
		return refuse("stages cannot be read here", "query the tables: what is in the lake is in them")
	case strings.Contains(upper, "SYSTEM$"), quotedSystem.MatchString(statement):
		return refuse("system functions are not for queries", "use `penstock snowflake status`")
	}
	return nil
}

// procedure finds the words without which no statement that begins with WITH does anything but select.
var procedure = regexp.MustCompile(`(?i)\b(procedure|call)\b`)

// quotedSystem and quotedStage find the same in quotes: a name, and a stage whose path has a blank or that is an argument
// (Querying Data in Staged Files; INFER_SCHEMA). They look into texts as well, where such words are hardly ever met.
var (
	quotedSystem = regexp.MustCompile(`(?i)"system\$`)
	quotedStage  = regexp.MustCompile(`(?i)(\b(from|join)\s*\(?|=>)\s*'@`)
)

func refuse(message, hint string) error {
	return &event.Error{Code: "query_refused", Message: message, Hint: hint}
}

// bare is a statement with a space for each text, quoted name and comment; false if one does not end.
func bare(statement string) (string, bool) {
	var code strings.Builder
	for len(statement) > 0 {
		open, end, escape := opening(statement)
		if open == "" {
			code.WriteByte(statement[0])
			statement = statement[1:]
			continue
		}
		rest, ok := after(statement[len(open):], end, escape)
		if !ok && end != "\n" {
			return "", false
		}
		code.WriteByte(' ')
		statement = rest
	}
	return code.String(), true
}

// opening is what begins at the start of the text, how it ends, and whether a backslash escapes in it.
func opening(text string) (open, end string, escape bool) {
	for _, kind := range []struct {
		open, end string
		escape    bool
	}{{"'", "'", true}, {`"`, `"`, false}, {"$$", "$$", false}, {"--", "\n", false}, {"//", "\n", false}, {"/*", "*/", false}} {
		if strings.HasPrefix(text, kind.open) {
			return kind.open, kind.end, kind.escape
		}
	}
	return "", "", false
}

// after is what follows the end; a doubled quote begins a text of its own, which comes to the same.
func after(text, end string, escape bool) (string, bool) {
	for i := 0; i < len(text); i++ {
		if escape && text[i] == '\\' {
			i++
			continue
		}
		if strings.HasPrefix(text[i:], end) {
			return text[i+len(end):], true
		}
	}
	return "", false
}
