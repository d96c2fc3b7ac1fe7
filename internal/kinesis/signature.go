package kinesis

import (
	"net/http"
	"net/url"
	"strings"
)

const (
	sigV4         = "AWS4-HMAC-SHA256"
	service       = "kinesis"
	scopeEnd      = "aws4_request"
	amzDateLayout = "20060102T150405Z"
)

// signature is what a request says about how it was signed.
type signature struct {
	// inQuery: the pieces stand in the URL and not in a header.
	inQuery       bool
	accessKey     string
	day, region   string
	service, end  string
	signedHeaders []string
	signature     string
	// date is the time of signing as written.
	date string
	// expires is how many seconds a signed URL is good for, as written.
	expires string
}

// parseSignature finds the signature of a request, in AWS's order of checks.
func parseSignature(r *http.Request) (signature, *failure) {
	header := r.Header.Get("Authorization")
	var query url.Values
	if r.URL.RawQuery != "" {
		query = r.URL.Query()
	}
	inQuery := query.Has("X-Amz-Algorithm")
	switch {
	case header != "" && inQuery:
		return signature{}, failf("InvalidSignatureException",
			"Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")
	case inQuery:
		return parseQuerySignature(query)
	case header != "":
		return parseHeaderSignature(header, r.Header)
	}
	return signature{}, failf("MissingAuthenticationTokenException", "Missing Authentication Token")
}

func parseHeaderSignature(header string, headers http.Header) (signature, *failure) {
	algorithm, rest, _ := strings.Cut(header, " ")
	parts := map[string]string{}
	for _, part := range strings.FieldsFunc(rest, func(c rune) bool { return c == ',' || c == ' ' }) {
		name, value, _ := strings.Cut(part, "=")
		parts[name] = value
	}
	var missing strings.Builder
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if parts[name] == "" {
			missing.WriteString("Authorization header requires '" + name + "' parameter. ")
		}
	}
	date := headers.Get("X-Amz-Date")
	if date == "" {
		missing.WriteString("Authorization header requires existence of a 'X-Amz-Date' header. ")
	}
	if missing.Len() > 0 {
		// AWS repeats the header here; a signature does not belong into error texts and logs.
		return signature{}, failf("IncompleteSignatureException", "%s", strings.TrimSpace(missing.String()))
	}
	if algorithm != sigV4 {
		return signature{}, failf("IncompleteSignatureException", "Unsupported AWS 'algorithm': '%s'. Sign with %s.", clip([]byte(algorithm)), sigV4)
	}
	s := signature{signature: parts["Signature"], date: date}
	return s.withScope(parts["Credential"], parts["SignedHeaders"])
}

func parseQuerySignature(query url.Values) (signature, *failure) {
	var missing strings.Builder
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if query.Get(name) == "" {
			missing.WriteString("AWS query-string parameters must include '" + name + "'. ")
		}
	}
	if missing.Len() > 0 {
		return signature{}, failf("IncompleteSignatureException", "%sRe-examine the query-string parameters.", missing.String())
	}
	if algorithm := query.Get("X-Amz-Algorithm"); algorithm != sigV4 {
		return signature{}, failf("IncompleteSignatureException", "Unsupported AWS 'algorithm': '%s'. Sign with %s.", clip([]byte(algorithm)), sigV4)
	}
	s := signature{inQuery: true, signature: query.Get("X-Amz-Signature"),
		date: query.Get("X-Amz-Date"), expires: query.Get("X-Amz-Expires")}
	return s.withScope(query.Get("X-Amz-Credential"), query.Get("X-Amz-SignedHeaders"))
}

// withScope takes the credential, "key/day/region/service/aws4_request", and the header names apart.
func (s signature) withScope(credential, signedHeaders string) (signature, *failure) {
	pieces := strings.Split(credential, "/")
	if len(pieces) != 5 {
		return s, failf("IncompleteSignatureException",
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", clip([]byte(credential)))
	}
	s.accessKey, s.day, s.region, s.service, s.end = pieces[0], pieces[1], pieces[2], pieces[3], pieces[4]
	s.signedHeaders = strings.Split(strings.ToLower(signedHeaders), ";")
	return s, nil
}
