package firehose

import (
	"bytes"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// Event is what Firehose sends to a function that transforms records. Its texts are views of the payload.
//
// The members are those of KinesisFirehoseEvent in aws-lambda-go's package events.
type Event struct {
	InvocationID      Text
	DeliveryStreamARN Text
	// SourceARN is the Kinesis stream the records come from; not given for records put directly.
	SourceARN Text
	Region    Text
	Records   []Record

	guesses []guess // memory of the scanner
}

// Record is one record of an Event.
type Record struct {
	// ID is to be returned as it came.
	ID Text
	// Data is the record's bytes in base64.
	Data Text
	// Arrived is approximateArrivalTimestamp in milliseconds since 1970; of the source stream, where
	// there is one.
	Arrived int64
	// The rest is kinesisRecordMetadata, not given for records put directly.
	Shard, PartitionKey, Sequence Text
	// Subsequence counts the records of an aggregated one from 0.
	Subsequence int64
}

// Parse reads a payload and replaces the Event, whose memory it uses again. The error says that the payload
// is no event with records; a record it can make nothing of is an empty Record.
func (e *Event) Parse(payload []byte) error {
	s := scanner{buf: payload, guesses: e.guesses, at: maxGuesses}
	*e = Event{Records: e.Records[:0]}
	defer func() { e.guesses = s.guesses }()
	found := false
	if s.enter('{') {
		for first := true; s.more('}', first); first = false {
			switch s.member() {
			case memberInvocation:
				e.InvocationID = s.text()
			case memberDeliveryStream:
				e.DeliveryStreamARN = s.text()
			case memberSource:
				e.SourceARN = s.text()
			case memberRegion:
				e.Region = s.text()
			case memberRecords:
				found = s.peek() == '['
				e.readRecords(&s)
			default:
				s.skip()
			}
		}
	}
	if s.bad || !found || s.peek() != 0 {
		return &event.Error{
			Code: "not_firehose", Message: "the payload is not an event of Data Firehose: it has no list of records",
			Hint: "this function transforms records for a delivery stream and can be invoked by nothing else",
		}
	}
	return nil
}

func (e *Event) readRecords(s *scanner) {
	e.Records = e.Records[:0]
	if !s.enter('[') {
		return
	}
	for first := true; s.more(']', first); first = false {
		e.Records = append(e.Records, Record{})
		s.at = 0
		e.Records[len(e.Records)-1].read(s)
	}
	s.at = maxGuesses
}

func (r *Record) read(s *scanner) {
	if !s.enter('{') {
		return
	}
	var arrived int64
	for first := true; s.more('}', first); first = false {
		switch s.member() {
		case memberRecordID:
			r.ID = s.text()
		case memberData:
			r.Data = s.data()
		case memberArrival:
			arrived, _ = s.integer()
		case memberMetadata:
			r.readMetadata(s)
		default:
			s.skip()
		}
	}
	if r.Arrived == 0 {
		r.Arrived = arrived
	}
}

func (r *Record) readMetadata(s *scanner) {
	if !s.enter('{') {
		return
	}
	for first := true; s.more('}', first); first = false {
		switch s.member() {
		case memberShard:
			r.Shard = s.text()
		case memberPartitionKey:
			r.PartitionKey = s.text()
		case memberSequence:
			r.Sequence = s.text()
		case memberSubsequence:
			r.Subsequence, _ = s.integer()
		case memberArrival:
			r.Arrived, _ = s.integer()
		default:
			s.skip()
		}
	}
}

// StreamName is the delivery stream's name, the last part of its ARN.
func (e *Event) StreamName() string {
	arn := e.DeliveryStreamARN.String()
	return arn[strings.LastIndexByte(arn, '/')+1:]
}

// repeated marks the records whose id an earlier record of the event has. AWS never sends such an event,
// and ids grow, so that comparing neighbours is mostly all there is to do.
func (e *Event) repeated() map[int]bool {
	growing := true
	for i := 1; i < len(e.Records) && growing; i++ {
		before, id := e.Records[i-1].ID, e.Records[i].ID
		growing = !before.escaped && !id.escaped && len(before.raw) == len(id.raw) && bytes.Compare(before.raw, id.raw) < 0
	}
	if growing {
		return nil
	}
	seen := make(map[string]bool, len(e.Records))
	repeated := map[int]bool{}
	for i := range e.Records {
		if !e.Records[i].ID.Given() {
			continue
		}
		id := e.Records[i].ID.String()
		if seen[id] {
			repeated[i] = true
		}
		seen[id] = true
	}
	return repeated
}
