package lambda

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// maxErrorBody bounds what a function may say about its failure.
const maxErrorBody = 1 << 20

// api serves the Runtime API to the one process of an instance.
func (i *instance) api() http.Handler {
	const root = "/2018-06-01/runtime/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+root+"invocation/next", i.serveNext)
	mux.HandleFunc("POST "+root+"invocation/{id}/response", i.serveResponse)
	mux.HandleFunc("POST "+root+"invocation/{id}/error", i.serveError)
	mux.HandleFunc("POST "+root+"init/error", i.serveInitError)
	return ofThisMachine(mux)
}

// ofThisMachine keeps web pages out. A page that somebody visits can call a port of this machine, and its invocation/next
// would take an event away; one whose owner points its name at 127.0.0.1 (DNS rebinding) could even read it.
func ofThisMachine(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		ip, _ := netip.ParseAddr(host) // the zero Addr is not loopback
		ours := ip.IsLoopback() || strings.EqualFold(host, "localhost")
		if !ours || r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
			refuse(w, http.StatusForbidden, "AccessDenied", "this is for the function that was started")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// serveNext holds the question for work until there is some.
func (i *instance) serveNext(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	busy := i.current != nil
	i.mu.Unlock()
	if busy {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "the invocation before has not been answered")
		return
	}
	var inv *invocation
	select {
	case inv = <-i.work:
	case <-r.Context().Done():
		return
	}
	i.mu.Lock()
	i.current = inv
	i.mu.Unlock()
	head := w.Header()
	head.Set("Content-Type", "application/json")
	head.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
	head.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(i.timeout).UnixMilli(), 10))
	head.Set("Lambda-Runtime-Invoked-Function-Arn", i.arn)
	head.Set("Lambda-Runtime-Trace-Id", traceID(time.Now()))
	head.Set("Content-Length", strconv.Itoa(len(inv.payload)))
	_, _ = w.Write(inv.payload) // a process that is gone is noticed by its end
}

// traceID is an X-Ray trace header of a call that is not sampled.
func traceID(now time.Time) string {
	id := newRequestID()
	random := id[:8] + id[9:13] + id[14:18] + id[19:23] + id[24:28]
	return "Root=1-" + strconv.FormatInt(now.Unix(), 16) + "-" + random + ";Parent=" + random[:16] + ";Sampled=0"
}

// take is the invocation in hand if it has the id in the request's path; otherwise the request is refused.
func (i *instance) take(w http.ResponseWriter, r *http.Request) *invocation {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.current == nil || i.current.id != r.PathValue("id") {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return nil
	}
	inv := i.current
	i.current = nil
	return inv
}

func (i *instance) serveResponse(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxPayload+1))
	if err != nil {
		return // the process is gone, or will be called to account by its timeout
	}
	inv := i.take(w, r)
	if inv == nil {
		return
	}
	if kind := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); kind != "" { // of a response that was streamed
		inv.answer <- answer{err: i.fault(FunctionFailed, kind, "the function failed while it streamed its response")}
		accept(w)
		return
	}
	if len(body) > MaxPayload {
		fault := i.fault(FunctionFailed, "Function.ResponseSizeTooLarge",
			"Response payload size exceeded maximum allowed payload size ("+strconv.Itoa(MaxPayload)+" bytes).")
		inv.answer <- answer{err: fault}
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", fault.Message)
		return
	}
	inv.answer <- answer{body: body}
	accept(w)
}

func (i *instance) serveError(w http.ResponseWriter, r *http.Request) {
	fault := i.readError(r)
	if inv := i.take(w, r); inv != nil {
		inv.answer <- answer{err: fault}
		accept(w)
	}
}

func (i *instance) serveInitError(w http.ResponseWriter, r *http.Request) {
	select {
	case i.failed <- i.readError(r):
	default: // it has said so already
	}
	accept(w)
}

// readError is what a function reports about itself.
func (i *instance) readError(r *http.Request) *Error {
	fault := i.fault(FunctionFailed, r.Header.Get("Lambda-Runtime-Function-Error-Type"), "the function failed and did not say why")
	var said struct {
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	}
	if json.NewDecoder(io.LimitReader(r.Body, maxErrorBody)).Decode(&said) == nil {
		if said.ErrorType != "" {
			fault.Type = said.ErrorType
		}
		if said.ErrorMessage != "" {
			fault.Message = said.ErrorMessage
		}
	}
	return fault
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`+"\n") // whoever asked may be gone
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"errorType": kind, "errorMessage": message}) // likewise
}
