// Package jose signs, verifies and encrypts JSON Web Tokens, and reads, fetches
// and caches sets of public keys (RFC 7515 to RFC 7519). It does not depend on
// OAuth, HTTP or a database.
//
// Reading order. A file only uses names of the files above it.
//
//	algorithms.go                the algorithms and the shortest keys
//	claims.go hash.go plain.go   audiences, dates, hashes of tokens, JSON that needs no decoder
//	signer.go private_key.go     signing
//	public_key.go key_set.go     public keys and what they can do
//	verify.go compact.go         verifying tokens in the usual form
//	token.go unsecured.go        verifying all tokens
//	encrypt.go                   encrypting to a public key
//	key_cache.go                 key sets that others publish
package jose
