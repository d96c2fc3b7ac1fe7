package double

import (
	"encoding/xml"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Store is a bucket by S3's protocol, as far as it is read: ListObjectsV2 and GetObject.
type Store struct {
	// Bucket is its name, URL where it listens.
	Bucket, URL string

	mu      sync.Mutex
	objects map[string]stored
	closed  bool
}

type stored struct {
	data    []byte
	written time.Time
}

// StartStore makes an empty bucket.
func StartStore(t testing.TB, bucket string) *Store {
	s := &Store{Bucket: bucket, objects: map[string]stored{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Put writes an object.
func (s *Store) Put(key string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[key] = stored{data, time.Now()}
}

// Close refuses whoever reads from now on, as a bucket of somebody else.
func (s *Store) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// ServeHTTP serves a bucket in the path.
func (s *Store) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bucket, key, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	object, there := s.objects[key]
	switch {
	case s.closed:
		fail(w, http.StatusForbidden, "AccessDenied")
	case bucket != s.Bucket:
		fail(w, http.StatusNotFound, "NoSuchBucket")
	case req.Method == http.MethodGet && key == "" && req.URL.Query().Get("list-type") == "2":
		s.list(w, req.URL.Query().Get("prefix"))
	case req.Method == http.MethodGet && there:
		_, _ = w.Write(object.data)
	case req.Method == http.MethodGet:
		fail(w, http.StatusNotFound, "NoSuchKey")
	default:
		fail(w, http.StatusNotImplemented, "NotImplemented")
	}
}

func (s *Store) list(w http.ResponseWriter, prefix string) {
	type content struct {
		Key          string
		LastModified string
		Size         int
	}
	answer := struct {
		XMLName     xml.Name `xml:"ListBucketResult"`
		Name        string
		Prefix      string
		IsTruncated bool
		Contents    []content
	}{Name: s.Bucket, Prefix: prefix}
	for _, key := range slices.Sorted(maps.Keys(s.objects)) {
		if o := s.objects[key]; strings.HasPrefix(key, prefix) {
			answer.Contents = append(answer.Contents, content{key, o.written.UTC().Format("2006-01-02T15:04:05.000Z"), len(o.data)})
		}
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(answer)
}

func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: code, Message: code})
}
