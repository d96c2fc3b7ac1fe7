package stream

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/penstock/penstock/internal/event"
)

// Limits of one chunk. A record larger than chunkBytes travels alone.
const (
	chunkBytes   = 4 << 20
	chunkRecords = 1 << 16
)

// The layout of a chunk, all numbers little endian; DESIGN.md says it in prose:
//
//	0  magic "PSC"          3
//	3  version, 1           1
//	4  CRC-32C of the rest  4
//	8  first sequence       8
//	16 arrived, millis      8
//	24 number of records    4
//	28 bytes of keys        4
//	32 records: uvarint length of key, uvarint length of data, data
//	   then all keys, one after the other
const (
	chunkMagic   = "PSC"
	chunkVersion = 1
	chunkHeader  = 32
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errCorrupt marks bytes that are not a chunk as it was written.
var errCorrupt = errors.New("the chunk is damaged")

// header is what a chunk says about itself. A chunk without records is a marker: it says which
// sequence comes next.
type header struct {
	First   uint64
	Arrived int64
	Count   int
	keys    int
	crc     uint32
}

// next is the sequence that follows the chunk.
func (h header) next() uint64 { return h.First + uint64(h.Count) }

// builder collects the records of one chunk. The zero value is ready.
type builder struct {
	body  []byte // header and records
	keys  []byte
	count int
}

// recordSize is how many bytes p takes in a chunk, at most.
func recordSize(p Put) int {
	return len(p.PartitionKey) + len(p.Data) + 2*binary.MaxVarintLen32
}

// fits says whether p may still be added.
func (b *builder) fits(p Put) bool {
	if b.count == 0 {
		return true
	}
	return b.count < chunkRecords && b.size()+recordSize(p) <= chunkBytes
}

func (b *builder) size() int { return len(b.body) + len(b.keys) }

// add copies p into the chunk.
func (b *builder) add(p Put) {
	if len(b.body) == 0 {
		b.body = append(b.body, make([]byte, chunkHeader)...)
	}
	b.body = binary.AppendUvarint(b.body, uint64(len(p.PartitionKey)))
	b.body = binary.AppendUvarint(b.body, uint64(len(p.Data)))
	b.body = append(b.body, p.Data...)
	b.keys = append(b.keys, p.PartitionKey...)
	b.count++
}

// seal finishes the chunk and returns its bytes, which belong to the builder until reset.
func (b *builder) seal(first uint64, arrived int64) []byte {
	if len(b.body) == 0 {
		b.body = append(b.body, make([]byte, chunkHeader)...)
	}
	b.body = append(b.body, b.keys...)
	out := b.body
	copy(out, chunkMagic)
	out[3] = chunkVersion
	binary.LittleEndian.PutUint64(out[8:], first)
	binary.LittleEndian.PutUint64(out[16:], uint64(arrived))
	binary.LittleEndian.PutUint32(out[24:], uint32(b.count))
	binary.LittleEndian.PutUint32(out[28:], uint32(len(b.keys)))
	binary.LittleEndian.PutUint32(out[4:], crc32.Checksum(out[8:], castagnoli))
	return out
}

// reset empties the builder and keeps its memory.
func (b *builder) reset() {
	b.body, b.keys, b.count = b.body[:0], b.keys[:0], 0
}

// parseHeader reads the header of a chunk and checks the chunk against its checksum.
func parseHeader(chunk []byte) (header, error) {
	if len(chunk) < chunkHeader || string(chunk[:3]) != chunkMagic {
		return header{}, fmt.Errorf("%w: it does not begin as a chunk does", errCorrupt)
	}
	if chunk[3] != chunkVersion {
		return header{}, fmt.Errorf("the chunk has version %d, this program reads version %d: use the program that wrote it",
			chunk[3], chunkVersion)
	}
	h := header{
		crc:     binary.LittleEndian.Uint32(chunk[4:]),
		First:   binary.LittleEndian.Uint64(chunk[8:]),
		Arrived: int64(binary.LittleEndian.Uint64(chunk[16:])),
		Count:   int(binary.LittleEndian.Uint32(chunk[24:])),
		keys:    int(binary.LittleEndian.Uint32(chunk[28:])),
	}
	if h.crc != crc32.Checksum(chunk[8:], castagnoli) {
		return header{}, fmt.Errorf("%w: its checksum does not agree", errCorrupt)
	}
	if h.First == 0 || h.Count > chunkRecords || h.keys > len(chunk)-chunkHeader || h.Count > len(chunk) {
		return header{}, fmt.Errorf("%w: its header is impossible", errCorrupt)
	}
	return h, nil
}

// decode appends the records of chunk, whose header is h, to dst. The records' data alias chunk;
// their keys share one string.
func (h header) decode(dst []event.Record, chunk []byte) ([]event.Record, error) {
	dst, restBytes, restKeys, err := h.take(dst, chunk, h.Count, h.keys)
	if err == nil && (restBytes != 0 || restKeys != 0) {
		err = fmt.Errorf("%w: bytes are left over after its last record", errCorrupt)
	}
	return dst, err
}

// decodeFirst is decode for the first n records only, at a cost that does not depend on the rest.
func (h header) decodeFirst(n int, chunk []byte) ([]event.Record, error) {
	n = min(n, h.Count)
	records, _, _, err := h.take(make([]event.Record, 0, n), chunk, n, min(h.keys, n*maxKeyBytes))
	return records, err
}

// take appends the first n records of chunk to dst, from the first keyBytes of its keys, and says how
// many bytes of records and of those keys are left over.
func (h header) take(dst []event.Record, chunk []byte, n, keyBytes int) (_ []event.Record, restBytes, restKeys int, err error) {
	end := len(chunk) - h.keys
	keys := string(chunk[end : end+keyBytes])
	rest := chunk[chunkHeader:end]
	for i := range n {
		keyLen, n := binary.Uvarint(rest)
		if n <= 0 || keyLen > uint64(len(keys)) {
			return dst, 0, 0, fmt.Errorf("%w: record %d has an impossible key", errCorrupt, i)
		}
		dataLen, m := binary.Uvarint(rest[n:])
		if m <= 0 || dataLen > uint64(len(rest)-n-m) {
			return dst, 0, 0, fmt.Errorf("%w: record %d has an impossible length", errCorrupt, i)
		}
		start := n + m
		stop := start + int(dataLen)
		dst = append(dst, event.Record{
			Sequence:     h.First + uint64(i),
			Arrived:      h.Arrived,
			PartitionKey: keys[:keyLen],
			Data:         rest[start:stop:stop],
		})
		keys, rest = keys[keyLen:], rest[stop:]
	}
	return dst, len(rest), len(keys), nil
}
