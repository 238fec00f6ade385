// Package fetch is the one guarded HTTP client, the program's only way out: where certificates, CRLs, OCSP responders and other services of the
// network are asked. It must not know what is fetched.
package fetch
