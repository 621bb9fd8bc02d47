@NullMarked
package dev.diver.deploy.emulated;

import org.jspecify.annotations.NullMarked;
