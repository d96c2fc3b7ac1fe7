package format

import (
	"bytes"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// packer compresses one file after another, as its bytes come.
type packer interface {
	// write takes more of the file; p is not kept.
	write(p []byte) error
	// finish returns the file, which belongs to the caller.
	finish() ([]byte, error)
	// discard forgets the file.
	discard()
}

func newPacker(compression string) packer {
	switch compression {
	case Gzip:
		return &streamPacker{pool: &gzipWriters}
	case Zstd:
		return &streamPacker{pool: &zstdWriters}
	}
	return &plainPacker{}
}

// compressor is what gzip and zstd writers have in common.
type compressor interface {
	Write(p []byte) (int, error)
	Close() error
}

// A compressor holds about a megabyte, so idle ones are shared by all encoders of the process
// rather than kept by each. What one compressed before does not show in what it writes next.
var (
	gzipWriters = compressorPool{reset: func(old compressor, out *bytes.Buffer) (compressor, error) {
		if w, ok := old.(*gzip.Writer); ok {
			w.Reset(out)
			return w, nil
		}
		// Level 1 costs a third of the default level and is 10 to 15 percent larger. The header
		// carries no name and no time.
		return gzip.NewWriterLevel(out, gzip.BestSpeed)
	}}
	zstdWriters = compressorPool{reset: func(old compressor, out *bytes.Buffer) (compressor, error) {
		if w, ok := old.(*zstd.Encoder); ok {
			w.Reset(out)
			return w, nil
		}
		// One goroutine, so that the bytes do not depend on timing; a window of 512 KiB, because
		// files are about 1 MiB and every window is memory.
		return zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(512<<10), zstd.WithLowerEncoderMem(true))
	}}
)

// compressorPool lends compressors of one kind.
type compressorPool struct {
	idle  sync.Pool
	reset func(old compressor, out *bytes.Buffer) (compressor, error)
}

func (p *compressorPool) get(out *bytes.Buffer) (compressor, error) {
	old, _ := p.idle.Get().(compressor)
	return p.reset(old, out)
}

func (p *compressorPool) put(c compressor) { p.idle.Put(c) }

// streamPacker compresses with a compressor it borrows while a file is open.
type streamPacker struct {
	pool *compressorPool
	out  *bytes.Buffer
	to   compressor
	// last is how large the last file was: a guess of the next.
	last int
}

func (p *streamPacker) open() error {
	if p.to != nil {
		return nil
	}
	p.out = bytes.NewBuffer(make([]byte, 0, max(p.last+p.last/8, 4<<10)))
	to, err := p.pool.get(p.out)
	if err != nil {
		return err
	}
	p.to = to
	return nil
}

func (p *streamPacker) write(b []byte) error {
	if err := p.open(); err != nil {
		return err
	}
	_, err := p.to.Write(b)
	return err
}

func (p *streamPacker) finish() ([]byte, error) {
	if err := p.open(); err != nil {
		return nil, err
	}
	defer p.discard()
	if err := p.to.Close(); err != nil {
		return nil, err
	}
	p.last = p.out.Len()
	return p.out.Bytes(), nil
}

func (p *streamPacker) discard() {
	if p.to != nil {
		p.pool.put(p.to)
	}
	p.to, p.out = nil, nil
}

// plainPacker keeps bytes as they are.
type plainPacker struct {
	out  []byte
	last int
}

func (p *plainPacker) write(b []byte) error {
	if p.out == nil {
		p.out = make([]byte, 0, max(p.last+p.last/8, len(b)))
	}
	p.out = append(p.out, b...)
	return nil
}

func (p *plainPacker) finish() ([]byte, error) {
	out := p.out
	p.last, p.out = len(out), nil
	return out, nil
}

func (p *plainPacker) discard() { p.out = nil }
