package main

import "strings"

// bucketAddresses are what scenes made elsewhere may call a bucket: S3's URI, the addresses of S3 by name and by path, with the
// region and without, that of another server, and those of the configuration. Each ends in a slash.
func bucketAddresses(b bucketConfig) []string {
	out := append([]string{"s3://" + b.Name + "/"}, b.Addresses...)
	if b.Endpoint != "" {
		endpoint := strings.TrimSuffix(b.Endpoint, "/")
		scheme, host, _ := strings.Cut(endpoint, "://")
		return append(out, endpoint+"/"+b.Name+"/", scheme+"://"+b.Name+"."+host+"/")
	}
	for _, host := range []string{"s3.amazonaws.com", "s3." + b.Region + ".amazonaws.com"} {
		out = append(out, "https://"+b.Name+"."+host+"/", "https://"+host+"/"+b.Name+"/")
	}
	return out
}
