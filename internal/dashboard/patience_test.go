package dashboard

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestAClientThatReadsNothingIsDropped(t *testing.T) {
	failed := make(chan error, 1)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		slow := newPatient(w, 200*time.Millisecond)
		piece := make([]byte, 1<<20)
		for range 1 << 10 {
			if _, err := slow.Write(piece); err != nil {
				failed <- err
				return
			}
		}
		failed <- nil
	}))
	defer web.Close()
	client, err := net.Dial("tcp", web.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-failed:
		if err == nil {
			t.Error("a gigabyte was written to nobody")
		}
	case <-time.After(time.Minute):
		t.Error("the handler still waits for the client")
	}
}
