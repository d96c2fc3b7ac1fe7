//go:build !amd64

package kinesis

import "encoding/base64"

func base64DecodeInto(dst, src []byte) (int, error) { return base64.StdEncoding.Decode(dst, src) }

func base64EncodeInto(dst, src []byte) { base64.StdEncoding.Encode(dst, src) }
