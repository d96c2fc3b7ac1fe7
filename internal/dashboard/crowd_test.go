package dashboard

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/connection"
)

// One connection's requests keep no other's out.
func TestRequestsOfOneConnectionAreBounded(t *testing.T) {
	pair := httptest.NewUnstartedServer(nil) // for its certificate
	pair.StartTLS()
	defer pair.Close()
	cert, key := certificateFiles(t, pair.TLS.Certificates[0])
	_, url, _ := runServer(t, &answers{}, func(s *Server) { s.cfg.CertFile, s.cfg.KeyFile, s.crowd = cert, key, connection.NewCrowd(2) })
	url = strings.Replace(url, "http://", "https://", 1)
	client := func() *http.Client {
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
	status := func(c *http.Client) int {
		t.Helper()
		response, err := c.Get(url + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	greedy, modest := client(), client()
	if got := status(greedy); got != http.StatusOK { // the connection is there
		t.Fatal(got)
	}
	for range connection.Share {
		body, sent := io.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			if response, err := greedy.Post(url+"/api/v1/login", "application/json", body); err == nil {
				_ = response.Body.Close()
			}
		}()
		if _, err := sent.Write([]byte("{")); err != nil { // it is under way
			t.Fatal(err)
		}
		defer func() { _ = sent.Close(); <-done }()
	}
	for got := status(greedy); got != http.StatusTooManyRequests; got = status(greedy) { // its server may see it later
		if got != http.StatusOK {
			t.Fatalf("the third request: %d", got)
		}
	}
	if got := status(modest); got != http.StatusOK {
		t.Errorf("another connection: %d", got)
	}
}
