/** Tidemark in React, on the web and in React Native. */
import { Component, createContext, createElement, useCallback, useContext, type ErrorInfo, type ReactNode } from "react";
import type { Crashes } from "./crash.js";
import type { Props } from "./options.js";

/** What it needs of an SDK. */
export interface Tracking {
	track(name: string, props?: Props): void;
}

const Context = createContext<Tracking | undefined>(undefined);

/** Gives the SDK to what is inside. */
export const TidemarkProvider = ({ sdk, children }: { sdk: Tracking; children?: ReactNode }): ReactNode =>
	createElement(Context.Provider, { value: sdk }, children);

/** The SDK of the nearest provider; undefined without one. */
export const useTidemark = (): Tracking | undefined => useContext(Context);

/** `const track = useTrack(); … track("saved", { draft: false })`. Does nothing without a provider. */
export const useTrack = (): Tracking["track"] => {
	const sdk = useContext(Context);
	return useCallback((name, props) => sdk?.track(name, props), [sdk]);
};

export interface BoundaryProps {
	/** What captureErrors() returned. */
	crashes: Crashes;
	/** Shown instead of what failed; a function gets the error, and what tries again. */
	fallback?: ReactNode | ((error: unknown, retry: () => void) => ReactNode);
	children?: ReactNode;
}

/** Records what the components inside throw while they render, and shows the fallback. */
export class TidemarkErrorBoundary extends Component<BoundaryProps, { error?: { value: unknown } }> {
	override state: { error?: { value: unknown } } = {};

	static getDerivedStateFromError(value: unknown): { error: { value: unknown } } {
		return { error: { value } };
	}

	override componentDidCatch(error: unknown, info: ErrorInfo): void {
		this.props.crashes.capture(error, {
			props: { handler: "react", component_stack: info.componentStack || undefined },
		});
	}

	override render(): ReactNode {
		const { error } = this.state;
		const { children, fallback = null } = this.props;
		if (!error) return children;
		return typeof fallback == "function" ? fallback(error.value, () => this.setState({ error: undefined })) : fallback;
	}
}
