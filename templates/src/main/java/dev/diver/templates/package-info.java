/** What `diver new` starts from. */
@NullMarked
package dev.diver.templates;

import org.jspecify.annotations.NullMarked;
