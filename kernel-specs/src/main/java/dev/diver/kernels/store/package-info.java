/**
 * The kernels on this machine: an OCI image layout that many processes share.
 *
 * <p>What holds at every moment, also after {@code kill -9} or loss of power:
 *
 * <ul>
 *   <li>A file under {@code blobs/} is complete: content is written to {@code partial/}, verified,
 *       flushed to disk, and only then renamed.
 *   <li>A reference in {@code index.json} has all its blobs: an {@link
 *       dev.diver.kernels.store.Ingest} holds the content lock shared from its first blob to its
 *       reference, and blobs are deleted only under that lock held exclusively.
 *   <li>{@code index.json} is replaced as a whole, under the index lock.
 * </ul>
 *
 * <p>Readers take no lock and write nothing, so a read-only store can be read.
 */
@NullMarked
package dev.diver.kernels.store;

import org.jspecify.annotations.NullMarked;
