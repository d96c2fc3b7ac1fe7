//go:build !amd64

package base64

import "encoding/base64"

func decodeInto(dst, src []byte) (int, error) { return base64.StdEncoding.Decode(dst, src) }

func encodeInto(dst, src []byte) { base64.StdEncoding.Encode(dst, src) }
