package dashboard

import (
	"context"
	"net/http"
	"strings"

	"github.com/penstock/penstock/internal/access"
)

// What a caller must be to use a route: anybody may ask for health, who one is and the pages' files; a viewer may
// look at dashboards; an operator may do everything.
const (
	anybody  = access.Nobody
	viewer   = access.Viewer
	operator = access.Operator
)

// visit is a request by somebody known.
type visit struct {
	access.Identity
	// ended is done when the session ends meanwhile; nil when there is none.
	ended context.Context
	leave func()
}

// arrive finds out who sent a request. Somebody unknown has the role anybody. The caller calls leave.
func (s *Server) arrive(r *http.Request) visit {
	nothing := func() {}
	if s.open() {
		return visit{access.Identity{Role: operator}, nil, nothing}
	}
	if header := r.Header.Get("Authorization"); header != "" {
		who, _ := s.door.Bearer(bearer(header))
		return visit{who, nil, nothing}
	}
	cookie, err := r.Cookie(s.cookieName())
	if err != nil {
		return visit{leave: nothing}
	}
	who, ended, leave, ok := s.door.Visit(cookie.Value)
	if !ok {
		return visit{leave: nothing}
	}
	return visit{who, ended, leave}
}

// bearer is the token of an Authorization header. The scheme is part of what is asked for (RFC 6750, 2.1), and
// case does not matter in it (RFC 9110, 11.1).
func bearer(header string) string {
	scheme, token, found := strings.Cut(header, " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

// allow lets only those pass to next who have the role that is needed. A session that ends, ends its requests.
func (s *Server) allow(needs access.Role, next http.HandlerFunc) http.HandlerFunc {
	if needs == anybody {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) {
		who := s.arrive(r)
		defer who.leave()
		switch {
		case who.Role == anybody:
			w.Header().Set("WWW-Authenticate", "Bearer")
			writeError(w, http.StatusUnauthorized, apiError{
				Code: "unauthorized", Message: "log in, or send a valid bearer token",
				Hint: "users and tokens are given under `access` in pipeline.yaml",
			})
			return
		case who.Role < needs:
			writeError(w, http.StatusForbidden, apiError{
				Code: "forbidden", Message: "this needs the role " + needs.String(),
				Hint: "roles are given under `access` in pipeline.yaml",
			})
			return
		}
		if who.ended != nil {
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()
			defer context.AfterFunc(who.ended, cancel)()
			r = r.WithContext(ctx)
		}
		if !s.open() {
			r = withCaller(r, who.Identity)
		}
		next(w, r)
	}
}
