package produce

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wireRecord is a record of a PutRecords request, as sent.
type wireRecord struct {
	Data         []byte
	PartitionKey string
}

// put is one PutRecords call that reached the endpoint.
type put struct {
	number  int // calls are counted from 0
	records []wireRecord
}

// answer is what the endpoint makes of a call: which records fail with which code, or the whole
// call with a status and a body, or a connection cut without an answer.
type answer struct {
	failures map[int]string
	status   int
	body     string
	cut      bool
	// stored says that the records of a call that is cut or failed were taken all the same.
	stored bool
}

// endpoint is a Kinesis endpoint that fails as told and remembers what it acknowledged.
type endpoint struct {
	t       *testing.T
	respond func(put) answer
	address string
	server  *http.Server

	mu struct {
		sync.Mutex
		calls    int
		accepted []wireRecord
		largest  int
	}
}

func newEndpoint(t *testing.T, respond func(put) answer) *endpoint {
	e := &endpoint{t: t, respond: respond, address: "127.0.0.1:0"}
	e.start()
	t.Cleanup(e.stop)
	return e
}

// start listens, on the same port as before if it has been stopped.
func (e *endpoint) start() {
	listener, err := net.Listen("tcp", e.address)
	if err != nil {
		e.t.Fatal(err)
	}
	e.address = listener.Addr().String()
	e.server = &http.Server{Handler: e}
	go func(server *http.Server) { _ = server.Serve(listener) }(e.server)
}

// stop closes the port and every connection.
func (e *endpoint) stop() { _ = e.server.Close() }

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct {
		StreamName string
		Records    []wireRecord
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the run was aborted in the middle of the call
	}
	if err := json.Unmarshal(body, &request); err != nil {
		e.t.Errorf("the request does not parse: %v", err)
	}
	if target := r.Header.Get("X-Amz-Target"); target != "Kinesis_20131202.PutRecords" || request.StreamName != "orders" {
		e.t.Errorf("called %s of stream %q", target, request.StreamName)
	}
	e.mu.Lock()
	call := put{e.mu.calls, request.Records}
	e.mu.calls++
	e.mu.largest = max(e.mu.largest, len(request.Records))
	e.mu.Unlock()

	a := e.respond(call)
	if a.status == 0 && !a.cut || a.stored {
		e.mu.Lock()
		for i, record := range call.records {
			if a.failures[i] == "" {
				e.mu.accepted = append(e.mu.accepted, record)
			}
		}
		e.mu.Unlock()
	}
	e.write(w, call, a)
}

func (e *endpoint) write(w http.ResponseWriter, call put, a answer) {
	switch {
	case a.cut:
		connection, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = connection.Close()
		}
		return
	case a.status != 0:
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(a.status)
		fmt.Fprint(w, a.body)
		return
	}
	var results []string
	for i := range call.records {
		if code := a.failures[i]; code != "" {
			results = append(results, fmt.Sprintf(`{"ErrorCode":%q,"ErrorMessage":"as told"}`, code))
			continue
		}
		results = append(results, `{"SequenceNumber":"1","ShardId":"shardId-000000000000"}`)
	}
	fmt.Fprintf(w, `{"FailedRecordCount":%d,"Records":[%s]}`, len(a.failures), strings.Join(results, ","))
}

// accepted counts each record the endpoint acknowledged.
func (e *endpoint) accepted() map[string]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	counts := map[string]int{}
	for _, r := range e.mu.accepted {
		counts[string(r.Data)]++
	}
	return counts
}

// inOrder returns the data of the acknowledged records of one partition key.
func (e *endpoint) inOrder(key string) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var data []string
	for _, r := range e.mu.accepted {
		if r.PartitionKey == key {
			data = append(data, string(r.Data))
		}
	}
	return data
}

func (e *endpoint) calls() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.mu.calls
}

// client is the AWS SDK for Go pointed at e, without retries of its own.
func (e *endpoint) client() Client {
	transport := &http.Transport{}
	e.t.Cleanup(transport.CloseIdleConnections)
	return NewClient(aws.Config{
		Region:      "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", ""),
		HTTPClient:  &http.Client{Transport: transport},
	}, "http://"+e.address)
}

// quick is a configuration whose waits suit a test.
func quick() Config {
	return Config{
		Stream: "orders", Linger: time.Millisecond, FirstPause: time.Millisecond,
		LongestPause: 20 * time.Millisecond, RetryFor: 2 * time.Minute,
	}
}

// numbered is a source of n records "0", "1", ... whose keys repeat every 7.
type numbered struct {
	n, next int
	// before is called before record i is handed out.
	before func(i int) error
}

func (s *numbered) Next() (Record, error) {
	if s.before != nil {
		if err := s.before(s.next); err != nil {
			return Record{}, err
		}
	}
	if s.next == s.n {
		return Record{}, io.EOF
	}
	i := s.next
	s.next++
	return Record{PartitionKey: fmt.Sprintf("key-%d", i%7), Data: fmt.Appendf(nil, "%d", i)}, nil
}
