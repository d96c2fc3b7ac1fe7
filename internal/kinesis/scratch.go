package kinesis

// maxPooledBytes is the largest buffer kept for the next request. A usual request of 500 small
// records has a quarter of it; larger ones are rare and would only pin memory.
const maxPooledBytes = mib

// scratch is the memory one request works in. It is used again for the next one, unless somebody
// may still be looking at it.
type scratch struct {
	grant grant
	body  []byte
	arena []byte // blobs of the body, decoded
	out   []byte
	put   putBuffers
	// lost: an append failed in a way that does not tell whether the log is done with the
	// memory, so the garbage collector has to judge.
	lost bool
}

func (s *Server) takeScratch() *scratch {
	if sc, ok := s.scratches.Get().(*scratch); ok {
		return sc
	}
	return &scratch{grant: grant{budget: s.budget}}
}

func (s *Server) giveScratch(sc *scratch) {
	sc.grant.lower(0)
	if sc.lost {
		return
	}
	for _, buf := range []*[]byte{&sc.body, &sc.arena, &sc.out} {
		if cap(*buf) > maxPooledBytes {
			*buf = nil
		}
	}
	s.scratches.Put(sc)
}

// sized is buf with no length and room for n bytes.
func sized(buf []byte, n int) []byte {
	if cap(buf) < n {
		return make([]byte, 0, n)
	}
	return buf[:0]
}
