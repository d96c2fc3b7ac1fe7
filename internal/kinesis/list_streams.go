package kinesis

import (
	"context"
	"sort"
)

// mostStreams is how many streams ListStreams lists if the request does not say.
const mostStreams = 100

// listStreams lists streams by name, page by page.
type listStreams struct {
	limit number
	after text // ExclusiveStartStreamName
	token text // NextToken
}

func (op *listStreams) field(name string, r reader) {
	switch name {
	case "Limit":
		op.limit = got(r.integer())
	case "ExclusiveStartStreamName":
		op.after = got(r.text())
	case "NextToken":
		op.token = got(r.text())
	default:
		r.skip()
	}
}

func (op *listStreams) check(v *violations) {
	v.number("limit", op.limit, 1, 10_000)
	v.text("exclusiveStartStreamName", op.after, 1, 128, namePattern)
	v.text("nextToken", op.token, 1, 1<<20, nil)
}

func (op *listStreams) run(_ context.Context, s *Server, w writer) error {
	after := op.after.value
	if op.token.set {
		content, fault := s.openPage(streamsToken, op.token.value)
		if fault != nil {
			return fault
		}
		after = string(content)
	}
	all := s.log.Streams()
	from := sort.Search(len(all), func(i int) bool { return all[i].Name > after })
	to := min(len(all), from+int(op.limit.or(mostStreams)))
	page := all[from:to]
	w.object()
	w.field("StreamNames")
	w.list()
	for _, info := range page {
		w.text(info.Name)
	}
	w.end()
	w.field("HasMoreStreams")
	w.flag(to < len(all))
	if to < len(all) {
		w.field("NextToken")
		w.text(s.tokens.seal(streamsToken, []byte(all[to-1].Name)))
	}
	w.field("StreamSummaries")
	w.list()
	for _, info := range page {
		w.object()
		w.field("StreamName")
		w.text(info.Name)
		w.field("StreamARN")
		w.text(s.arn(info.Name))
		w.field("StreamStatus")
		w.text("ACTIVE")
		writeMode(w, info)
		w.field("StreamCreationTimestamp")
		w.instant(info.Created * 1000)
		w.end()
	}
	w.end()
	w.end()
	return nil
}

// openPage reads a token that continues a list.
func (s *Server) openPage(kind, token string) ([]byte, *failure) {
	content, issued, err := s.tokens.open(kind, token)
	if err != nil {
		return nil, invalidArgument("The NextToken is invalid.")
	}
	if s.tokens.expired(issued) {
		return nil, failf("ExpiredNextTokenException", "The NextToken was issued at %s and is good for %d seconds.",
			javaTime(issued), int(tokenLifetime.Seconds()))
	}
	return content, nil
}
