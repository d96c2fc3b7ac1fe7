package e2e

import (
	"bytes"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/penstock/penstock/test/harness"
)

const (
	floodConnections = 300
	floodStreams     = 100
	floodHeader      = 15_000
	// mostInFlood is what the process may have at most. It takes 220 MiB, and took 950 without bounds on requests.
	mostInFlood = 600 << 20
)

// flood opens connections with as many requests as each may have, sends none of their bodies, and reads nothing.
func flood(t *testing.T, address string) {
	t.Helper()
	for range floodConnections {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if err := conn.SetDeadline(time.Now().Add(delivered)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(http2.ClientPreface)); err != nil {
			t.Fatal(err)
		}
		framer := http2.NewFramer(conn, conn)
		if err := framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}); err != nil {
			t.Fatal(err)
		}
		for stream := range uint32(floodStreams) {
			var block bytes.Buffer
			encoder := hpack.NewEncoder(&block)
			for _, field := range []hpack.HeaderField{
				{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: address}, {Name: ":path", Value: "/"},
				{Name: "x-amz-target", Value: "Kinesis_20131202.PutRecords"}, {Name: "x", Value: strings.Repeat("~", floodHeader), Sensitive: true},
			} {
				if err := encoder.WriteField(field); err != nil {
					t.Fatal(err)
				}
			}
			if framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 2*stream + 1, BlockFragment: block.Bytes(), EndHeaders: true}) != nil {
				break // the server has had enough of it
			}
		}
	}
}

// Ten thousand requests that go nowhere cost neither the memory nor the producers.
func TestE2AFloodOfRequestsKeepsNoProducerOut(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	flood(t, strings.TrimPrefix(p.KinesisURL(), "http://"))
	expect(t, p.Run("produce", "1000", "--data", p.Data), 0, "Sent 1,000")
	peak := peakMemory(t, p.PID())
	t.Logf("at most %d MiB", peak>>20)
	if peak > mostInFlood {
		t.Errorf("the flood took the process to %d MiB", peak>>20)
	}
	expectLedger(t, p, 1000, 0, 0)
}

// peakMemory is the most resident memory that a process has had, in bytes.
func peakMemory(t *testing.T, pid int) int64 {
	t.Helper()
	for line := range strings.Lines(string(proc(t, pid, "status"))) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatal("the kernel tells no peak")
	return 0
}
