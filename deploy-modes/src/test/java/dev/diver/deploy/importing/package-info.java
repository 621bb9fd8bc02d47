@NullMarked
package dev.diver.deploy.importing;

import org.jspecify.annotations.NullMarked;
