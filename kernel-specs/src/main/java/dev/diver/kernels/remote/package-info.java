/**
 * The client of a catalog: search over the catalog's API, packages over OCI distribution.
 *
 * <p>A server is not trusted: its answers are bounded, its blobs are verified against the
 * descriptors that name them, and credentials go to the host they were stored for and to no other.
 */
@NullMarked
package dev.diver.kernels.remote;

import org.jspecify.annotations.NullMarked;
