package dashboard

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestIdleConnectionsKeepNobodyOut: neither those that asked once and are kept, nor those that never asked, at the
// limit and past it.
func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	for name, request := range map[string]string{"kept after a request": "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "nothing sent": ""} {
		t.Run(name, func(t *testing.T) {
			_, url, _ := runServer(t, &answers{ready: true})
			for range maxConnections + 1 {
				openIdle(t, strings.TrimPrefix(url, "http://"), request)
			}
			// Less than after what a connection that asks for nothing is closed.
			client := &http.Client{Timeout: readHeaderTime - time.Second, Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			response, err := client.Get(url + "/readyz")
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusOK {
				t.Error(response.Status)
			}
		})
	}
}

// openIdle opens a connection, and leaves it after the answer to request.
func openIdle(t *testing.T, address, request string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if request == "" {
		return
	}
	if _, err := fmt.Fprint(conn, request); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
}
