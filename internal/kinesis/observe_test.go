package kinesis

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestEveryAnswerIsObserved(t *testing.T) {
	var seen []Answered
	f := newFixture(t, func(c *Config) { c.Observe = func(a Answered) { seen = append(seen, a) } })
	for _, c := range []struct{ method, target, body string }{
		{"POST", targetPrefix + "ListStreams", "{}"},
		{"POST", targetPrefix + "DescribeStream", `{"StreamName":"nowhere"}`},
		{"POST", targetPrefix + "MadeUp", "{}"},
		{"GET", "", ""},
	} {
		request := httptest.NewRequest(c.method, "/", strings.NewReader(c.body))
		request.Header.Set("X-Amz-Target", c.target)
		request.Header.Set("Content-Type", jsonContentType)
		recorder := httptest.NewRecorder()
		f.server.Handler().ServeHTTP(recorder, request)
		if len(seen) == 0 || seen[len(seen)-1].Status != recorder.Code || seen[len(seen)-1].Operation != strings.TrimPrefix(c.target, targetPrefix) {
			t.Errorf("%+v: answered %d, observed %+v", c, recorder.Code, seen)
		}
	}
	if len(seen) != 4 || seen[0].Status != 200 || seen[1].Status != 400 {
		t.Errorf("%+v", seen)
	}
}
