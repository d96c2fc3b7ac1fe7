package kinesis

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/smithy-go/encoding/httpbinding"
)

// The AWS SDK has a signer, but it signs what it would send itself: always with "host", where
// JavaScript over HTTP/2 signs ":authority", and never with some headers that others do sign. So
// the canonical request is built here, from exactly the parts that the client says it signed.

// resign is the signature that a request signed with secret, in this scope, must have.
func (s signature) resign(r *http.Request, payloadHash, secret string) string {
	canonical := sha256.Sum256([]byte(s.canonicalRequest(r, payloadHash)))
	scope := s.day + "/" + s.region + "/" + s.service + "/" + s.end
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.day, s.region, s.service, s.end,
		sigV4 + "\n" + s.date + "\n" + scope + "\n" + hex.EncodeToString(canonical[:])} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return hex.EncodeToString(key)
}

func (s signature) canonicalRequest(r *http.Request, payloadHash string) string {
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	var b strings.Builder
	b.WriteString(r.Method + "\n" + httpbinding.EscapePath(path, false) + "\n" + s.canonicalQuery(r.URL) + "\n")
	for _, name := range s.signedHeaders {
		b.WriteString(name + ":" + strings.Join(signedValues(r, name), ",") + "\n")
	}
	b.WriteString("\n" + strings.Join(s.signedHeaders, ";") + "\n" + payloadHash)
	return b.String()
}

// signedValues are the values of a header as they were signed. The server has taken some headers
// out of the request's map.
func signedValues(r *http.Request, name string) []string {
	switch name {
	case "host", ":authority":
		return []string{r.Host}
	case "content-length":
		return []string{strconv.FormatInt(r.ContentLength, 10)}
	}
	values := slices.Clone(r.Header.Values(name))
	for i, v := range values {
		values[i] = strings.Join(strings.Fields(v), " ")
	}
	return values
}

// canonicalQuery is the query without the signature itself, encoded and sorted.
func (s signature) canonicalQuery(u *url.URL) string {
	if u.RawQuery == "" {
		return ""
	}
	var pairs []string
	for name, values := range u.Query() {
		if s.inQuery && name == "X-Amz-Signature" {
			continue
		}
		for _, value := range values {
			pairs = append(pairs, httpbinding.EscapePath(name, true)+"="+httpbinding.EscapePath(value, true))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}
