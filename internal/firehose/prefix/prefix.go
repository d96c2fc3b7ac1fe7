// Package prefix evaluates the prefixes that a delivery stream of Data Firehose gives its objects in S3, and
// names the objects.
//
// Source: Amazon Data Firehose Developer Guide, "Understand custom prefixes for Amazon S3 objects" and
// "Configure Amazon S3 object name format".
package prefix

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxLength is the longest prefix that a delivery stream takes, in characters, before it is evaluated
// (the API's model of S3DestinationConfiguration).
const MaxLength = 1024

// What Penstock's own delivery streams use: the folders of its lake, and errors beside the data.
const (
	Data   = "data/!{partitionKeyFromLambda:table}/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/"
	Errors = "errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/"
)

// Kind says which of a delivery stream's two prefixes a text is.
type Kind uint8

// The kinds.
const (
	ForData Kind = iota
	ForErrors
)

// The error output types that a Penstock pipeline meets.
const (
	ProcessingFailed        = "processing-failed"
	ActivePartitionExceeded = "activePartitionExceeded"
)

// Prefix is a parsed prefix. It is immutable.
type Prefix struct {
	text  string
	parts []part
	keys  []string
}

type part struct {
	literal string
	layout  layout // of a timestamp
	key     string // of partitionKeyFromLambda
	word    word
}

type word uint8

const (
	literal word = iota
	timestamp
	randomString
	errorType
	partitionKey
)

// Parse reads a prefix; the error says what Firehose would refuse.
func Parse(text string, kind Kind) (*Prefix, error) {
	if n := len([]rune(text)); n > MaxLength {
		return nil, fmt.Errorf("a prefix has at most %d characters, not %d", MaxLength, n)
	}
	p := &Prefix{text: text}
	rest := text
	expressions, times, types := 0, 0, 0
	for {
		at := strings.Index(rest, "!{")
		if at < 0 {
			break
		}
		p.add(rest[:at])
		end := strings.IndexByte(rest[at:], '}')
		if end < 0 {
			return nil, fmt.Errorf("the expression %q has no closing brace", rest[at:])
		}
		one, err := expression(rest[at+2:at+end], kind)
		if err != nil {
			return nil, err
		}
		expressions++
		switch one.word {
		case timestamp:
			times++
		case errorType:
			types++
		case partitionKey:
			p.keys = append(p.keys, one.key)
		}
		p.parts = append(p.parts, one)
		rest = rest[at+end+1:]
	}
	p.add(rest)
	if kind == ForErrors && expressions > 0 && types == 0 {
		return nil, errors.New("an error prefix with expressions must have !{firehose:error-output-type}")
	}
	if kind == ForErrors && expressions == 0 {
		// Firehose puts the type and the time behind a prefix that says nothing of them.
		p.parts = append(p.parts, part{word: errorType})
		p.add("/")
	}
	if times == 0 && (kind == ForData || expressions == 0) {
		p.parts = append(p.parts, part{word: timestamp, layout: defaultLayout})
	}
	return p, nil
}

func (p *Prefix) add(text string) {
	if text != "" {
		p.parts = append(p.parts, part{literal: text})
	}
}

// expression reads what stands between the braces.
func expression(text string, kind Kind) (part, error) {
	namespace, value, found := strings.Cut(text, ":")
	if !found {
		return part{}, fmt.Errorf("!{%s} is no expression; they are like !{timestamp:yyyy}", text)
	}
	switch {
	case namespace == "timestamp":
		l, err := parseLayout(value)
		return part{word: timestamp, layout: l}, err
	case namespace == "firehose" && value == "random-string":
		return part{word: randomString}, nil
	case namespace == "firehose" && value == "error-output-type" && kind == ForErrors:
		return part{word: errorType}, nil
	case namespace == "firehose" && value == "error-output-type":
		return part{}, errors.New("!{firehose:error-output-type} belongs in the error prefix only")
	case namespace == "partitionKeyFromLambda" && kind == ForErrors, namespace == "partitionKeyFromQuery" && kind == ForErrors:
		return part{}, fmt.Errorf("!{%s} belongs in the data prefix only", text)
	case namespace == "partitionKeyFromLambda" && value != "":
		return part{word: partitionKey, key: value}, nil
	case namespace == "partitionKeyFromQuery":
		return part{}, errors.New("!{partitionKeyFromQuery:...} needs jq, which only Firehose itself has; let the function name the keys")
	}
	return part{}, fmt.Errorf("!{%s} is no expression that Firehose knows", text)
}

// Values are what expressions stand for.
type Values struct {
	// Time is the arrival of the object's oldest record; it is shown in UTC.
	Time time.Time
	// Keys are the record's partition keys.
	Keys map[string]string
	// ErrorType is the error output type.
	ErrorType string
	// Random gives a new random string at each call: eleven characters.
	Random func() string
}

// Keys are the partition keys the prefix uses; a record without one of them cannot be delivered.
func (p *Prefix) Keys() []string { return p.keys }

func (p *Prefix) String() string { return p.text }

// Evaluate returns the prefix of an object.
func (p *Prefix) Evaluate(v Values) string {
	var b strings.Builder
	for _, one := range p.parts {
		switch one.word {
		case literal:
			b.WriteString(one.literal)
		case timestamp:
			b.WriteString(one.layout.format(v.Time.UTC()))
		case randomString:
			b.WriteString(v.Random())
		case errorType:
			b.WriteString(v.ErrorType)
		case partitionKey:
			b.WriteString(v.Keys[one.key])
		}
	}
	return b.String()
}

// ObjectName is what follows the prefix: the delivery stream, its version, which is left out where it is
// 0 as with dynamic partitioning, the time of the oldest record, a UUID, and the extension with its dot.
func ObjectName(stream string, version int, at time.Time, uuid, extension string) string {
	name := stream
	if version > 0 {
		name = fmt.Sprintf("%s-%d", stream, version)
	}
	return name + at.UTC().Format("-2006-01-02-15-04-05-") + uuid + extension
}
