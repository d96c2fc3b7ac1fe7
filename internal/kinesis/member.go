package kinesis

import "strings"

// Members of a request: the value, and whether it was there at all; null counts as absent.
type (
	text    = member[string]
	number  = member[int64]
	boolean = member[bool]
)

type member[T any] struct {
	value T
	set   bool
}

func got[T any](value T, set bool) member[T] { return member[T]{value, set} }

// or is the value, or what stands for an absent one.
func (m member[T]) or(otherwise T) T {
	if m.set {
		return m.value
	}
	return otherwise
}

// readTexts reads a list of texts; nil if there is none.
func readTexts(r reader) []string {
	if !r.list() {
		return nil
	}
	texts := []string{}
	for r.element() {
		t, _ := r.text()
		if len(texts) <= maxListed {
			texts = append(texts, t)
		}
	}
	return texts
}

// readTextMap reads a map of texts; nil if there is none.
func readTextMap(r reader) map[string]string {
	if !r.mapping() {
		return nil
	}
	texts := map[string]string{}
	for name, more := r.field(); more; name, more = r.field() {
		value, _ := r.text()
		if len(texts) <= maxListed {
			texts[strings.Clone(name)] = value
		}
	}
	return texts
}

// maxListed is more than any list of texts may hold; what a client sends beyond it is counted as
// too many without being kept.
const maxListed = 200

// streamRef is how a request names its stream: by name, by ARN or by both. StreamId, which AWS
// reserves for the future, is passed over with other unknown members.
type streamRef struct{ name, arn text }

// field reads the member if it is part of the reference.
func (s *streamRef) field(name string, r reader) bool {
	switch name {
	case "StreamName":
		s.name = got(r.text())
	case "StreamARN":
		s.arn = got(r.text())
	default:
		return false
	}
	return true
}

func (s *streamRef) check(v *violations) {
	v.text("streamName", s.name, 1, 128, namePattern)
	v.text("streamARN", s.arn, 1, 2048, arnPattern)
}

// given tells whether the request names a stream.
func (s *streamRef) given() bool { return s.name.set || s.arn.set }

// resolve is the stream's name. Of an ARN only the name counts: a service that has the ARN of its
// AWS account in its settings finds the same stream here.
func (s *streamRef) resolve() (string, error) {
	name := s.name.value
	if s.arn.set {
		_, inARN, _ := strings.Cut(s.arn.value, ":stream/")
		if s.name.set && inARN != name {
			return "", invalidArgument("StreamName %s and StreamARN %s name different streams.", name, clip([]byte(s.arn.value)))
		}
		name = inARN
	}
	if !s.given() {
		return "", invalidArgument("Either StreamName or StreamARN should be provided.")
	}
	return name, nil
}

// find is the stream the request names.
func (s *streamRef) find(server *Server) (StreamInfo, error) {
	name, err := s.resolve()
	if err != nil {
		return StreamInfo{}, err
	}
	info, ok := server.log.Stream(name)
	if !ok {
		return StreamInfo{}, server.streamNotFound(name)
	}
	return info, nil
}
