@NullMarked
package dev.diver.deploy;

import org.jspecify.annotations.NullMarked;
