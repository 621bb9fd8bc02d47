/** Who may read and write: htpasswd and the rules of the open catalog. */
@NullMarked
package dev.diver.catalog.access;

import org.jspecify.annotations.NullMarked;
