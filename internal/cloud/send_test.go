package cloud

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock/penstock/internal/redriven"
)

// at is a Pipeline whose services are all one handler.
func at(t *testing.T, handler http.HandlerFunc) *Pipeline {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return New(Outputs{StackName: "S", Stream: "orders", Bucket: "lake", DataPrefix: "data/", ErrorPrefix: "errors/"}, aws.Config{
		Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

// A call can succeed in part; what it did not take is sent again, and nothing else.
func TestRecordsThatWereNotTakenAreSentAgainAlone(t *testing.T) {
	var mu sync.Mutex
	calls := 0
	got := map[string]int{}
	p := at(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		calls++
		var in struct {
			Records []struct{ PartitionKey string }
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		var answers []string
		for i, record := range in.Records {
			if calls == 1 && i%2 == 1 {
				answers = append(answers, `{"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"slow"}`)
				continue
			}
			got[record.PartitionKey]++
			answers = append(answers, `{"SequenceNumber":"1","ShardId":"s"}`)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		fmt.Fprintf(w, `{"FailedRecordCount":0,"Records":[%s]}`, strings.Join(answers, ","))
	})
	var batch []types.PutRecordsRequestEntry
	for i := range 5 {
		batch = append(batch, types.PutRecordsRequestEntry{Data: []byte("x"), PartitionKey: aws.String(fmt.Sprint(i))})
	}
	if err := p.put(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if calls != 2 || len(got) != 5 {
		t.Errorf("%d calls, %v", calls, got)
	}
	for key, n := range got {
		if n != 1 {
			t.Errorf("%s was taken %d times", key, n)
		}
	}
}

// Another redrive may have written the marker of that number; both are kept.
func TestAMarkerNeverReplacesAnother(t *testing.T) {
	taken := map[string]bool{"/lake/redriven/data/quarantine/a/000002.json": true, "/lake/redriven/data/quarantine/a/000003.json": true}
	var written []string
	p := at(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") != "*" {
			t.Error("the marker is not written on a condition")
		}
		if taken[r.URL.Path] {
			w.WriteHeader(http.StatusPreconditionFailed)
			return
		}
		written = append(written, r.URL.Path)
	})
	if err := p.mark(t.Context(), "data/quarantine/a", "v", 2, []int{1}); err != nil {
		t.Fatal(err)
	}
	if len(written) != 1 || written[0] != "/lake/redriven/data/quarantine/a/000004.json" {
		t.Errorf("%v", written)
	}
	if key := markedKey("redriven/data/quarantine/a/000004.json"); key != "data/quarantine/a" {
		t.Error(key)
	}
}

// An event that just fits without the partition key it had is sent so; one byte more, and it stays.
func TestAnEventHasRoomWithItsPosition(t *testing.T) {
	k := kept{shard: "shardId-000000000000", sequence: "49", key: strings.Repeat("k", 100)}
	o := k.origin()
	o.Key = ""
	bare, _ := o.PartitionKey()
	r := &redriveRun{largest: 1 << 20}
	k.data = make([]byte, 1<<20-len(bare))
	if !r.fits(k) {
		t.Error("it does not fit")
	}
	entry, size := r.entry(k)
	if back, ok := redriven.Parse(*entry.PartitionKey); !ok || back.Key != "" || back.Sequence != "49" || size != 1<<20 {
		t.Errorf("%s, %d", *entry.PartitionKey, size)
	}
	k.data = append(k.data, 'x')
	if r.fits(k) {
		t.Error("it fits")
	}
	if r.fits(kept{shard: "s", sequence: "1"}) {
		t.Error("Kinesis takes no empty record")
	}
}
