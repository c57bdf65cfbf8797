// Package tractstore keeps what is made of tractograms: it samples and surveys them, builds their annotations in the background, and remembers
// all of it by the version of the file, in a folder or under an S3 prefix.
package tractstore
