/** Templates against golden folders, and built with the real kernel. */
@NullMarked
package dev.diver.templates;

import org.jspecify.annotations.NullMarked;
