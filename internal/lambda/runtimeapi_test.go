package lambda

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
)

// A page in a browser must not take an event away from the function, nor read it.
func TestTheRuntimeAPIIsNotForWebPages(t *testing.T) {
	i := &instance{work: make(chan *invocation, 1)}
	for name, c := range map[string]struct {
		host, header string
		status       int
	}{
		"the function":         {"127.0.0.1:9001", "", http.StatusOK},
		"by name":              {"localhost:9001", "", http.StatusOK},
		"an image of a page":   {"127.0.0.1:9001", "Sec-Fetch-Site", http.StatusForbidden},
		"a script of a page":   {"127.0.0.1:9001", "Origin", http.StatusForbidden},
		"a name that rebounds": {"evil.example:9001", "", http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			i.work <- &invocation{id: "1", payload: []byte("{}")}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			r := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.host+"/2018-06-01/runtime/invocation/next", nil)
			if c.header != "" {
				r.Header.Set(c.header, "cross-site")
			}
			w := httptest.NewRecorder()
			i.api().ServeHTTP(w, r)
			if w.Code != c.status {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if taken := len(i.work) == 0; taken != (c.status == http.StatusOK) {
				t.Errorf("the event was taken: %v", taken)
			} else if !taken {
				<-i.work
			}
			i.current = nil
		})
	}
}
