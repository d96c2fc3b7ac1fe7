package aws

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/smithy-go/encoding/cbor"
)

// cloudWatch answers DescribeAlarms in the protocol that the SDK speaks to CloudWatch, Smithy's RPC v2 CBOR, which
// moto does not know.
type cloudWatch struct {
	mu     sync.Mutex
	alarms cbor.List
}

func fakeCloudWatch(t *testing.T, w *world) *cloudWatch {
	t.Helper()
	c := &cloudWatch{}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	w.env = append(w.env, "AWS_ENDPOINT_URL_CLOUDWATCH="+server.URL)
	c.add("PipelineStack-AlarmErrors-1", "Events fail", "OK")
	return c
}

func (c *cloudWatch) ring(name, description string) { c.add(name, description, "ALARM") }

func (c *cloudWatch) add(name, description, state string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alarms = append(c.alarms, cbor.Map{
		"AlarmName": cbor.String(name), "AlarmDescription": cbor.String(description), "StateValue": cbor.String(state),
	})
}

func (c *cloudWatch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	asked, err := cbor.Decode(body)
	in, isMap := asked.(cbor.Map)
	if err != nil || !isMap || !strings.HasSuffix(r.URL.Path, "/operation/DescribeAlarms") || in["AlarmNamePrefix"] != cbor.String("PipelineStack-") {
		http.Error(w, "only the stack's alarms are asked for", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	w.Header().Set("Content-Type", "application/cbor")
	w.Header().Set("smithy-protocol", "rpc-v2-cbor")
	_, _ = w.Write(cbor.Encode(cbor.Map{"MetricAlarms": c.alarms}))
}
