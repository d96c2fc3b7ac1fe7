package dashboard

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

// caller is who sent a request.
type caller struct {
	user string
	role need
}

// roleNames are the roles as people and the pages write them.
var roleNames = map[need]string{anybody: "", viewer: "viewer", operator: "operator"}

// callerOf finds out who sent a request. Somebody unknown has the role anybody.
func (s *Server) callerOf(r *http.Request) caller {
	if s.cfg.Open {
		return caller{role: operator}
	}
	// The scheme is part of what is asked for (RFC 6750, 2.1), and case does not matter in it (RFC 9110, 11.1).
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	if found && strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare([]byte(token), []byte(s.cfg.Token)) == 1 {
		return caller{role: operator}
	}
	return caller{}
}

// allow lets only those pass to next who have the role that is needed.
func (s *Server) allow(needs need, next http.HandlerFunc) http.HandlerFunc {
	if needs == anybody {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) {
		switch is := s.callerOf(r).role; {
		case is >= needs:
			next(w, r)
		case is == anybody:
			w.Header().Set("WWW-Authenticate", "Bearer")
			writeError(w, http.StatusUnauthorized, apiError{
				Code: "unauthorized", Message: "log in, or send a valid bearer token",
				Hint: "the token of a running pipeline is in run.json in its data folder",
			})
		default:
			writeError(w, http.StatusForbidden, apiError{
				Code: "forbidden", Message: "this needs the role " + roleNames[needs],
				Hint: "roles are given under `access` in pipeline.yaml",
			})
		}
	}
}

// me says who the caller is, so that pages know what to show.
func (s *Server) me(w http.ResponseWriter, r *http.Request) {
	is := s.callerOf(r)
	writeJSON(w, http.StatusOK, map[string]any{
		"user": is.user, "role": roleNames[is.role], "open": s.cfg.Open, "pipeline": s.cfg.Pipeline, "version": s.cfg.Version,
	})
}
