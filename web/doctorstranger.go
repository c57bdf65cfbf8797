package main

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// storageGuarded asks storage as a stranger would, past the viewer host.
func storageGuarded(ctx context.Context, p *patient) finding {
	buckets := p.cfg.Buckets
	failed := make(problems, len(buckets))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, b := range buckets {
		all.Go(func() error {
			failed[i] = p.strangerAt(ctx, b)
			return nil
		})
	}
	_ = all.Wait() // none returns an error
	return failed.or(fine("%d buckets, asked without credentials", len(buckets)),
		"mend the bucket policy (and block public access of private buckets), or write access: public or private as it is meant")
}

// strangerAt tells what is wrong with what a stranger may do in a bucket.
func (p *patient) strangerAt(ctx context.Context, b bucketConfig) problem {
	found := problem{what: "bucket " + b.Name}
	list, err := p.ask(ctx, question{url: bucketURL(b) + "?list-type=2&max-keys=1"})
	if err != nil {
		found.silent = reason(err)
		return found
	}
	var may, mayNot []string
	sort := func(what string, can bool) {
		if can {
			may = append(may, what)
		} else {
			mayNot = append(mayNot, what)
		}
	}
	sort("list it", list.ok() && strings.Contains(string(list.body), "<ListBucketResult"))
	for _, s := range p.samples {
		if s.location.Bucket != b.Name || s.size == 0 {
			continue
		}
		get, err := p.ask(ctx, question{url: bucketURL(b) + escapeS3(s.location.Prefix+s.path), header: []string{"Range", "bytes=0-0"}})
		if err != nil {
			found.silent = reason(err)
			break
		}
		sort("read its objects", get.ok())
		break // one of each bucket tells
	}
	switch {
	case b.Access == "public" && len(mayNot) > 0:
		found.wrong = "it is said to be public, but strangers may not " + strings.Join(mayNot, " and ")
	case b.Access != "public" && len(may) > 0:
		found.wrong = "anybody may " + strings.Join(may, " and ") + " without credentials"
	}
	return found
}

// bucketURL is the address of a bucket, with a slash at its end.
func bucketURL(b bucketConfig) string {
	endpoint, pathStyle := strings.TrimSuffix(b.Endpoint, "/"), b.PathStyle
	if endpoint == "" {
		endpoint = "https://s3." + b.Region + ".amazonaws.com"
		if strings.HasPrefix(b.Region, "cn-") {
			endpoint += ".cn"
		}
		pathStyle = pathStyle || strings.Contains(b.Name, ".") // no certificate is for such names
	}
	if pathStyle {
		return endpoint + "/" + b.Name + "/"
	}
	scheme, host, _ := strings.Cut(endpoint, "://")
	return scheme + "://" + b.Name + "." + host + "/"
}

// escapeS3 writes a key as S3 reads it: a plus sign, too, would be taken for a space.
func escapeS3(key string) string {
	return strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(key))
}

// oneOfEachStorage returns a bucket of each server or region.
func (p *patient) oneOfEachStorage() []bucketConfig {
	var out []bucketConfig
	for _, b := range p.cfg.Buckets {
		same := func(o bucketConfig) bool { return o.Endpoint == b.Endpoint && o.Region == b.Region }
		if !slices.ContainsFunc(out, same) {
			out = append(out, b)
		}
	}
	return out[:min(len(out), atOnce)]
}
