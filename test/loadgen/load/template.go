package load

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/penstock/penstock/internal/produce"
)

// The lengths, in an event's bytes, of what changes from sending to sending.
const (
	idLength   = 12 // decimal digits
	tailLength = 12 // the last group of a UUID
	dateLength = 24 // 2026-11-22T05:04:03.210Z
)

// idBase is added to an event's number so that its id has idLength digits.
const idBase = 100_000_000_000

// template is one request, ready to be sent after stamp.
type template struct {
	// request is the HTTP request; body is the part of it that is the PutRecords body.
	request, body []byte
	slots         []slot
}

// slot is where one event's parts are in a request.
type slot struct {
	// start and end bound the event's entry in the body, for sending it again on its own.
	start, end int
	// id, tail and date are where those begin in the request, as base64.
	id, tail, date int
}

// newTemplate encodes a request of cfg.Batch orders taken from source.
func newTemplate(cfg Config, source produce.Source, random *rand.Rand) (*template, error) {
	t := &template{}
	body := fmt.Appendf(nil, `{"StreamName":%q,"Records":[`, cfg.Stream)
	for i := range cfg.Batch {
		record, err := source.Next()
		if err != nil {
			return nil, err
		}
		event, offsets, err := align(record.Data, random)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			body = append(body, ',')
		}
		at := slot{start: len(body)}
		body = append(body, `{"Data":"`...)
		data := len(body)
		body = base64.StdEncoding.AppendEncode(body, event)
		body = fmt.Appendf(body, `","PartitionKey":%q}`, record.PartitionKey)
		at.end = len(body)
		at.id, at.tail, at.date = data+offsets.id/3*4, data+offsets.tail/3*4, data+offsets.date/3*4
		t.slots = append(t.slots, at)
	}
	body = append(body, "]}"...)
	head := requestHead(cfg, len(body))
	t.request = append(head, body...)
	t.body = t.request[len(head):]
	for i := range t.slots {
		t.slots[i].id += len(head)
		t.slots[i].tail += len(head)
		t.slots[i].date += len(head)
	}
	return t, nil
}

func requestHead(cfg Config, length int) []byte {
	return fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-amz-json-1.1\r\n"+
		"X-Amz-Target: Kinesis_20131202.PutRecords\r\n%sContent-Length: %d\r\n\r\n", cfg.Address, cfg.Header, length)
}

// align writes a dummy order again, with blanks between its members, so that the parts that change
// begin at multiples of three bytes.
func align(order []byte, random *rand.Rand) (event []byte, at slot, err error) {
	_, afterID, ok1 := bytes.Cut(order, []byte(`,"order_id":"`))
	_, afterUUID, ok2 := bytes.Cut(afterID, []byte(`"`))
	middle, _, ok3 := bytes.Cut(afterUUID, []byte(`,"generate_date":"`))
	if !ok1 || !ok2 || !ok3 {
		return nil, at, fmt.Errorf("not a dummy order: %s", order)
	}
	pad := func(behind string) {
		for (len(event)+len(behind))%3 != 0 {
			event = append(event, ' ')
		}
		event = append(event, behind...)
	}
	pad(`{"id":`)
	at.id = len(event)
	event = append(event, make([]byte, idLength)...)
	event = append(event, ',')
	high, low := random.Uint64(), random.Uint64()
	pad(fmt.Sprintf(`"order_id":"%08x-%04x-4%03x-8%03x-`, high>>32, high&0xffff, high>>16&0xfff, low&0xfff))
	at.tail = len(event)
	event = append(event, make([]byte, tailLength)...)
	event = append(append(event, '"'), middle...)
	event = append(event, ',')
	pad(`"generate_date":"`)
	at.date = len(event)
	event = append(event, make([]byte, dateLength)...)
	return append(event, `"}`...), at, nil
}

// stamp makes the request one of new events: numbers first, first+1, ..., generated now.
func (t *template) stamp(first int64, now time.Time) {
	var date [dateLength / 3 * 4]byte
	text := now.UTC().AppendFormat(make([]byte, 0, dateLength), "2006-01-02T15:04:05.000Z")
	base64.StdEncoding.Encode(date[:], text)
	for i := range t.slots {
		s, number := &t.slots[i], uint64(first)+uint64(i)
		decimal12(t.request[s.id:], idBase+number)
		hex12(t.request[s.tail:], number)
		copy(t.request[s.date:], date[:])
	}
}

// groups are the base64 texts of every three-digit number, decimal and hexadecimal.
var (
	decimalGroups = encodeGroups(10)
	hexGroups     = encodeGroups(16)
)

func encodeGroups(base int) [][4]byte {
	groups := make([][4]byte, base*base*base)
	for n := range groups {
		digits := strconv.FormatInt(int64(n), base)
		digits = "000"[len(digits):] + digits
		base64.StdEncoding.Encode(groups[n][:], []byte(digits))
	}
	return groups
}

// decimal12 writes n as 12 decimal digits in base64.
func decimal12(dst []byte, n uint64) {
	for at := 12; at >= 0; at -= 4 {
		copy(dst[at:], decimalGroups[n%1000][:])
		n /= 1000
	}
}

// hex12 writes n as 12 hexadecimal digits in base64.
func hex12(dst []byte, n uint64) {
	for at := 12; at >= 0; at -= 4 {
		copy(dst[at:], hexGroups[n%4096][:])
		n /= 4096
	}
}
