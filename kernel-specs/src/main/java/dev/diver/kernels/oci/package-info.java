/** The OCI image format as data: descriptors, manifests, indexes, media types. */
@NullMarked
package dev.diver.kernels.oci;

import org.jspecify.annotations.NullMarked;
