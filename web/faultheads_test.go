package main

import "strings"

// heads are answers whose header is written as it should not be, or as few write it: the length must be read from it
// rightly or not at all.
func heads() map[string]mischief {
	length := func(line string) play { return ends("HTTP/1.1 200 OK\r\nETag: \"1\"\r\n" + line + "\r\n\r\n" + small) }
	whole := func(do play) mischief { return mischief{do: do, want: 200, body: small} }
	never := func(do play) mischief { return mischief{do: do, want: 503} }
	either := func(do play) mischief { return mischief{do: do, want: safe, body: small} }
	return map[string]mischief{
		"writes in small letters":            whole(length("content-length: 1000")),
		"writes in large letters":            whole(length("CONTENT-LENGTH: 1000")),
		"writes without a space":             whole(length("Content-Length:1000")),
		"writes with tabs":                   whole(length("Content-Length: \t 1000 \t")),
		"gives no reason":                    whole(says("HTTP/1.1 200 \r\nContent-Length: 1000\r\n\r\n" + small)),
		"is of HTTP 1.0":                     whole(ends("HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n" + small)),
		"ends lines by half":                 either(ends("HTTP/1.1 200 OK\nContent-Length: 1000\n\n" + small)),
		"says one length twice":              either(length("Content-Length: 1000\r\nContent-Length: 1000")),
		"says a length with zeros":           either(length("Content-Length: 0001000")),
		"says a list of lengths":             either(length("Content-Length: 1000, 1000")),
		"says that nothing is encoded":       either(length("Content-Length: 1000\r\nTransfer-Encoding: identity")),
		"gives no reason and no space":       either(says("HTTP/1.1 200\r\nContent-Length: 1000\r\n\r\n" + small)),
		"says the other length second":       never(length("Content-Length: 1000\r\nContent-Length: 500")),
		"says a list of other lengths":       never(length("Content-Length: 1000, 500")),
		"says a length with a sign":          never(length("Content-Length: +1000")),
		"says a length as a fraction":        never(length("Content-Length: 1000.0")),
		"says a length by an exponent":       never(length("Content-Length: 1e3")),
		"says a length in hexadecimals":      never(length("Content-Length: 0x3e8")),
		"says a length with an underscore":   never(length("Content-Length: 1_000")),
		"says a length in other digits":      never(length("Content-Length: ١٠٠٠")),
		"says a length beyond all":           never(length("Content-Length: 18446744073709552616")), // 2⁶⁴ + 1000
		"says a length just beyond":          never(length("Content-Length: 9223372036854775808")),
		"says an empty length":               never(length("Content-Length:")),
		"says a length on a second line":     never(length("Content-Length:\r\n 1000")),
		"says a length of another name":      never(length("Content_Length: 1000")),
		"has a space before the colon":       never(length("Content-Length : 1000")),
		"has a line without a colon":         never(length("Content-Length: 1000\r\nhello")),
		"has a line without a name":          never(length("Content-Length: 1000\r\n: hello")),
		"begins with a folded line":          never(ends("HTTP/1.1 200 OK\r\n Content-Length: 1000\r\n\r\n" + small)),
		"hides chunks by a fold":             never(length("Content-Length: 1000\r\nTransfer-Encoding:\r\n chunked")),
		"says chunks in large letters":       never(length("Content-Length: 1000\r\nTRANSFER-ENCODING: Chunked")),
		"says chunks of something":           never(length("Content-Length: 1000\r\nTransfer-Encoding: gzip, chunked")),
		"says an encoding that nobody knows": never(length("Content-Length: 1000\r\nTransfer-Encoding: x")),
		"is of another version":              never(ends("HTTP/2.0 200 OK\r\nContent-Length: 1000\r\n\r\n" + small)),
		"is of an old version":               never(ends("HTTP/0.9 200 OK\r\nContent-Length: 1000\r\n\r\n" + small)),
		"is of another protocol":             never(ends("RTSP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n" + small)),
		"says a status of four digits":       never(ends("HTTP/1.1 2000 OK\r\nContent-Length: 1000\r\n\r\n" + small)),
		"says a status of two digits":        never(ends("HTTP/1.1 20 OK\r\nContent-Length: 1000\r\n\r\n" + small)),
		"says a negative status":             never(ends("HTTP/1.1 -200 OK\r\nContent-Length: 1000\r\n\r\n" + small)),
		"ends the header by a NUL":           never(length("Content-Length: 1000\x00")),
		"writes a NUL":                       either(length("Content-Length: 1000\r\nContent-Type: a\x00b")),
		"writes half an end of a line":       either(length("Content-Length: 1000\r\nContent-Type: a\rSet-Cookie: b")),
		"has a range of two answers":         {do: part("Content-Range: bytes 10-19/1000\r\nContent-Range: bytes 0-9/1000"), ask: "Range: bytes=0-9", want: 503},
		"has a range with a sign":            {do: part("Content-Range: bytes +10-19/1000"), ask: "Range: bytes=10-19", want: 503},
		"has a range beyond all":             {do: part("Content-Range: bytes 10-19/99999999999999999999"), ask: "Range: bytes=10-19", want: 503},
	}
}

// part answers with ten bytes of small.
func part(lines string) play {
	return says("HTTP/1.1 206 Partial Content\r\n" + lines + "\r\nContent-Length: 10\r\n\r\n" + small[10:20])
}

// more are answers after which something comes that nobody asked for: it must not become the answer to the next request.
// No client could tell what comes only when that has been made.
func more() map[string]mischief {
	const other = "another's object, that must not be shown"
	extra := answer("200 OK", other)
	apart := func(first string) play { // in two packets
		return func(c *call) bool { return c.say(first) && c.say(extra) }
	}
	return map[string]mischief{
		"sends another answer at once":      {do: says(answer("200 OK", small) + extra), want: 200, body: small},
		"sends another answer after it":     {do: apart(answer("200 OK", small)), want: 200, body: small},
		"sends another after much":          {do: apart(answer("200 OK", large)), want: 200, body: large},
		"sends much and another at once":    {do: says(answer("200 OK", large) + extra), want: 200, body: large},
		"sends another answer to HEAD":      {do: apart("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"), method: "HEAD", want: 200},
		"sends a body to HEAD":              {do: says(answer("200 OK", strings.Replace(small, small[:len(extra)], extra, 1))), method: "HEAD", want: 200},
		"sends another answer with 304":     {do: apart("HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n"), ask: "If-None-Match: \"1\"", want: 304},
		"sends a body with 304":             {do: says(answer("304 Not Modified", extra, "ETag: \"1\"")), ask: "If-None-Match: \"1\"", want: 304},
		"sends another answer with a range": {do: apart(answer("206 Partial Content", small[10:20], "Content-Range: bytes 10-19/1000")), ask: "Range: bytes=10-19", want: 206, body: small[10:20]},
		"sends another after an error":      {do: apart(answer("500 Internal Server Error", "<Error><Code>InternalError</Code></Error>")), want: 503},
		"sends another after nothing there": {do: apart(answer("404 Not Found", "<Error><Code>NoSuchKey</Code></Error>")), want: 404, body: "There is no such object.\n"},
		"sends an empty object and another": {do: apart(answer("200 OK", "")), want: 200},
	}
}
