package kinesis

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// rawHTTP2 is a client that sends what it is told to, and reads nothing unless it is told to.
type rawHTTP2 struct {
	*http2.Framer
	t    *testing.T
	next uint32
}

func dialHTTP2(t *testing.T, address string, settings ...http2.Setting) *rawHTTP2 {
	t.Helper()
	conn := dial(t, address, http2.ClientPreface)
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	c := &rawHTTP2{http2.NewFramer(conn, conn), t, 1}
	c.sent(c.WriteSettings(settings...))
	return c
}

func (c *rawHTTP2) sent(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// begin sends a request's header, and its body unless that is empty: then it is never sent.
func (c *rawHTTP2) begin(operation, body string) {
	c.t.Helper()
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, field := range []hpack.HeaderField{
		{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: "x"}, {Name: ":path", Value: "/"},
		{Name: "content-type", Value: jsonContentType}, {Name: "x-amz-target", Value: targetPrefix + operation},
	} {
		c.sent(encoder.WriteField(field))
	}
	c.sent(c.WriteHeaders(http2.HeadersFrameParam{StreamID: c.next, BlockFragment: block.Bytes(), EndHeaders: true}))
	if body != "" {
		c.sent(c.WriteData(c.next, true, []byte(body)))
	}
	c.next += 2
}

// Answers that nobody reads give their memory back, or three idle consumers would keep all producers out.
func TestAnswersThatNobodyReadsAreGivenUp(t *testing.T) {
	const memory = 32 * mib
	for name, ask := range map[string]func(t *testing.T, address, body string){
		"HTTP/1.1": func(t *testing.T, address, body string) {
			dial(t, address, fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nX-Amz-Target: %sGetRecords\r\nContent-Length: %d\r\n\r\n%s",
				jsonContentType, targetPrefix, len(body), body))
		},
		"HTTP/2, no window": func(t *testing.T, address, body string) {
			dialHTTP2(t, address, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}).begin("GetRecords", body)
		},
		"HTTP/2, nothing read": func(t *testing.T, address, body string) {
			c := dialHTTP2(t, address, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 30})
			c.sent(c.WriteWindowUpdate(0, 1<<30))
			c.begin("GetRecords", body)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(c *Config) { c.MaxInFlightBytes, c.DrainTimeout = memory, time.Millisecond })
			f.server.takePatience = 200 * time.Millisecond
			f.ok(f.call("UpdateMaxRecordSize", `{"StreamName":"orders","MaxRecordSizeInKiB":10240}`))
			f.ok(f.call("PutRecord", `{"StreamName":"orders",`+record(9*mib, "k", "")[1:]))
			iterator, _ := f.ok(f.call("GetShardIterator", `{"StreamName":"orders","ShardId":"shardId-000000000000","ShardIteratorType":"TRIM_HORIZON"}`)).json["ShardIterator"].(string)
			address := f.serve()
			ask(t, address, `{"ShardIterator":"`+iterator+`","Limit":1}`)
			began, taken := time.Now(), false
			for time.Since(began) < time.Minute { // the answer's own time is two
				if free := f.server.budget.free.TryAcquire(memory); !free {
					taken = true
				} else if f.server.budget.free.Release(memory); taken {
					return
				}
				time.Sleep(time.Millisecond)
			}
			t.Errorf("the memory of the answer is held: it was taken (%v) and not given back", taken)
		})
	}
}

// One client with many streams costs a bounded number of requests, and keeps no other out.
func TestStreamsOfOneConnectionKeepNobodyOut(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.MaxRequests, c.DrainTimeout = 10, time.Millisecond })
	f.server.stallPatience, f.server.takePatience = time.Hour, time.Hour
	address := f.serve()
	greedy := dialHTTP2(t, address, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	for range 40 {
		greedy.begin("ListStreams", "")
	}
	refused, broken := 0, 0
	for refused+broken < 30 {
		frame, err := greedy.ReadFrame()
		if err != nil {
			t.Fatalf("after %d refused and %d broken: %v", refused, broken, err)
		}
		switch frame.(type) {
		case *http2.HeadersFrame:
			refused++
		case *http2.RSTStreamFrame:
			broken++
		}
	}
	if refused != 10 || broken != 20 {
		t.Errorf("%d requests were refused and %d streams broken", refused, broken)
	}
	if err := <-askForStreams(t, address); err != nil {
		t.Error(err)
	}
}

// A stranger's body is not waited for: it would hold memory that customers need.
func TestBodiesOfStrangersAreNotWaitedFor(t *testing.T) {
	f := signedFixture(t)
	f.server.cfg.DrainTimeout = time.Millisecond
	f.server.stallPatience = time.Hour
	address := f.serve()
	for name, head := range map[string]string{
		"none":    "",
		"unknown": "Authorization: AWS4-HMAC-SHA256 Credential=AKIDSTRANGER/20261122/eu-west-3/kinesis/aws4_request, SignedHeaders=host;x-amz-target, Signature=0\r\nX-Amz-Date: 20261122T050000Z\r\n",
		"old":     "Authorization: AWS4-HMAC-SHA256 Credential=" + testKey + "/20261121/eu-west-3/kinesis/aws4_request, SignedHeaders=host;x-amz-target, Signature=0\r\nX-Amz-Date: 20261121T050000Z\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, address, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: "+jsonContentType+"\r\nX-Amz-Target: "+targetPrefix+"PutRecords\r\n"+
				head+"Content-Length: 10000000\r\n\r\n{")
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if text := drainBody(t, answer); answer.StatusCode != http.StatusBadRequest || !strings.Contains(text, "Exception") {
				t.Errorf("%s %s", answer.Status, text)
			}
		})
	}
}

// What is signed must not become longer than the header: a long one named over and over would.
func TestASignedHeaderIsNamedOnce(t *testing.T) {
	f := signedFixture(t)
	r := f.signing().request(t)
	r.Header.Set("X-A", strings.Repeat("a", 8000))
	authorization := r.Header.Get("Authorization")
	r.Header.Set("Authorization", strings.Replace(authorization, "host;", "host;"+strings.Repeat("x-a;", 10_000), 1))
	f.want(f.do(r), "InvalidSignatureException", "'x-a' is a 'SignedHeader' twice")
}
