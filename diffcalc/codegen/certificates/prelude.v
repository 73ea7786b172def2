From Coq Require Import Reals Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
Open Scope R_scope.

Definition tangent (F : (R -> Prop) -> Prop) (f : R -> R) (x v d : R) :=
  forall eps, 0 < eps -> F (fun h => Rabs (f (x + h) - (v + d * h)) <= eps * Rabs h).

Class Near (F : (R -> Prop) -> Prop) :=
  { near_proper : ProperFilter F; near_zero : filter_le F (locally 0) }.
Global Existing Instance near_proper.

Definition around := locally 0.
Definition right := at_right 0.
Definition left := at_left 0.
Definition here : (R -> Prop) -> Prop := at_point 0.

Global Instance near_around : Near around.
Proof. split. exact (locally_filter 0). now intros P. Qed.
Global Instance near_right : Near right.
Proof. split. exact (at_right_proper_filter 0). intros P HP. now apply filter_le_within. Qed.
Global Instance near_left : Near left.
Proof. split. exact (at_left_proper_filter 0). intros P HP. now apply filter_le_within. Qed.
Global Instance near_here : Near here.
Proof. split. exact (at_point_filter 0). intros P HP. exact (locally_singleton 0 P HP). Qed.

Lemma near_small F (N : Near F) eps : 0 < eps -> F (fun h => Rabs h < eps).
Proof.
intros He. apply near_zero. exists (mkposreal eps He). intros h Hh.
unfold ball in Hh; simpl in Hh; unfold AbsRing_ball in Hh; simpl in Hh.
unfold minus, plus, opp, abs in Hh; simpl in Hh. now replace h with (h + - 0) by ring.
Qed.

Section Rules.
Context (F : (R -> Prop) -> Prop) {N : Near F}.

Lemma both (P Q : R -> Prop) (S : R -> Prop) : F P -> F Q -> (forall h, P h -> Q h -> S h) -> F S.
Proof. intros HP HQ H. apply (filter_imp (fun h => P h /\ Q h)). now intros h []; apply H.
now apply filter_and. Qed.

Lemma tangent_local f g x v d :
  F (fun h => f (x + h) = g (x + h)) -> tangent F g x v d -> tangent F f x v d.
Proof. intros E T eps He. apply (both _ _ _ E (T eps He)). intros h -> H. exact H. Qed.

Lemma tangent_same f x v d v' d' : v = v' -> d = d' -> tangent F f x v d -> tangent F f x v' d'.
Proof. now intros -> ->. Qed.

Lemma tangent_constant c x : tangent F (fun _ => c) x c 0.
Proof. intros eps He. apply filter_forall. intros h. replace (c - (c + 0 * h)) with 0 by ring.
rewrite Rabs_R0. apply Rmult_le_pos. lra. apply Rabs_pos. Qed.

Lemma tangent_identity x : tangent F (fun t => t) x x 1.
Proof. intros eps He. apply filter_forall. intros h. replace (x + h - (x + 1 * h)) with 0 by ring.
rewrite Rabs_R0. apply Rmult_le_pos. lra. apply Rabs_pos. Qed.

Lemma tangent_change f x v d :
  tangent F f x v d -> F (fun h => Rabs (f (x + h) - v) <= (Rabs d + 1) * Rabs h).
Proof. intros T. generalize (T 1 Rlt_0_1). apply filter_imp. intros h H.
replace (f (x + h) - v) with ((f (x + h) - (v + d * h)) + d * h) by ring.
eapply Rle_trans. apply Rabs_triang. rewrite Rabs_mult. lra. Qed.

Lemma tangent_near f x v d eps :
  tangent F f x v d -> 0 < eps -> F (fun h => Rabs (f (x + h) - v) < eps).
Proof. intros T He. assert (P : 0 < Rabs d + 1) by (pose proof (Rabs_pos d); lra).
apply (both _ _ _ (tangent_change _ _ _ _ T) (near_small F N (eps / (Rabs d + 1)) ltac:(now apply Rdiv_lt_0_compat))).
intros h H S. eapply Rle_lt_trans. exact H.
apply Rmult_lt_compat_l with (r := Rabs d + 1) in S. 2: exact P.
replace ((Rabs d + 1) * (eps / (Rabs d + 1))) with eps in S by (field; lra). exact S. Qed.

Lemma tangent_plus f g x v d w e : tangent F f x v d -> tangent F g x w e ->
  tangent F (fun t => f t + g t) x (v + w) (d + e).
Proof. intros T U eps He. apply (both _ _ _ (T (eps / 2) ltac:(lra)) (U (eps / 2) ltac:(lra))).
intros h A B. replace (f (x + h) + g (x + h) - (v + w + (d + e) * h)) with
  ((f (x + h) - (v + d * h)) + (g (x + h) - (w + e * h))) by ring.
eapply Rle_trans. apply Rabs_triang. lra. Qed.

Definition smooth (g : R -> R) (v w e : R) := g v = w /\ is_derive g v e.

Lemma tangent_chain g f x v d w e :
  tangent F f x v d -> smooth g v w e -> tangent F (fun t => g (f t)) x w (e * d).
Proof.
intros T [<- D] eps He. apply is_derive_Reals in D.
pose proof (Rabs_pos d) as Pd. pose proof (Rabs_pos e) as Pe.
set (k := Rabs d + 1). set (m := Rabs e + 1).
destruct (D (eps / 2 / k)) as [delta Hd]. { apply Rdiv_lt_0_compat; unfold k; lra. }
assert (Hm : 0 < eps / 2 / m) by (apply Rdiv_lt_0_compat; unfold m; lra).
pose proof (filter_and _ _ (T _ Hm) (tangent_change _ _ _ _ T)) as H1.
apply (both _ _ _ H1 (tangent_near _ _ _ _ delta T (cond_pos delta))).
intros h [A B] C. set (y := f (x + h)) in *.
assert (G : Rabs (g y - g v - e * (y - v)) <= eps / 2 / k * Rabs (y - v)).
{ destruct (Req_dec (y - v) 0) as [Z|Z].
  - rewrite Z. replace y with v by lra. replace (g v - g v - e * 0) with 0 by ring.
    rewrite Rabs_R0. lra.
  - specialize (Hd (y - v) Z C). replace (v + (y - v)) with y in Hd by ring.
    replace (g y - g v - e * (y - v)) with (((g y - g v) / (y - v) - e) * (y - v)) by (field; exact Z).
    rewrite Rabs_mult. apply Rmult_le_compat_r. apply Rabs_pos. lra. }
replace (g y - (g v + e * d * h)) with ((g y - g v - e * (y - v)) + e * (y - (v + d * h))) by ring.
eapply Rle_trans. apply Rabs_triang. rewrite (Rabs_mult e).
assert (X : eps / 2 / k * Rabs (y - v) <= eps / 2 * Rabs h).
{ replace (eps / 2 * Rabs h) with (eps / 2 / k * (k * Rabs h)) by (field; unfold k; lra).
  apply Rmult_le_compat_l. apply Rlt_le, Rdiv_lt_0_compat; unfold k; lra. exact B. }
assert (Y : Rabs e * Rabs (y - (v + d * h)) <= eps / 2 * Rabs h).
{ apply Rle_trans with (m * (eps / 2 / m * Rabs h)).
  - apply Rmult_le_compat; try apply Rabs_pos. unfold m; lra. exact A.
  - right. field. unfold m; lra. }
lra.
Qed.

Lemma smooth_linear a b v : smooth (fun t => a * t + b) v (a * v + b) a.
Proof. split. easy. auto_derive; [easy | ring]. Qed.
Lemma smooth_square v : smooth (fun t => t * t / 4) v (v * v / 4) (v / 2).
Proof. split. easy. auto_derive; [easy | field]. Qed.

Lemma tangent_opp f x v d : tangent F f x v d -> tangent F (fun t => - f t) x (- v) (- d).
Proof. intros T. apply (tangent_local _ (fun t => -1 * f t + 0)).
apply filter_forall; intros h; ring.
apply (tangent_same _ _ (-1 * v + 0) (-1 * d)); try ring.
apply (tangent_chain (fun t => -1 * t + 0)) with (1 := T). apply smooth_linear. Qed.

Lemma tangent_minus f g x v d w e : tangent F f x v d -> tangent F g x w e ->
  tangent F (fun t => f t - g t) x (v - w) (d - e).
Proof. intros T U. now apply (tangent_plus _ (fun t => - g t)); [|apply tangent_opp]. Qed.

Lemma tangent_mult f g x v d w e : tangent F f x v d -> tangent F g x w e ->
  tangent F (fun t => f t * g t) x (v * w) (d * w + v * e).
Proof. intros T U.
apply (tangent_local _ (fun t => (f t + g t) * (f t + g t) / 4 - (f t - g t) * (f t - g t) / 4)).
apply filter_forall; intros h; field.
pose proof (tangent_chain _ _ _ _ _ _ _ (tangent_plus _ _ _ _ _ _ _ T U) (smooth_square _)) as A.
pose proof (tangent_chain _ _ _ _ _ _ _ (tangent_minus _ _ _ _ _ _ _ T U) (smooth_square _)) as B.
refine (tangent_same _ _ _ _ _ _ _ _ (tangent_minus _ _ _ _ _ _ _ A B)); field. Qed.

Lemma smooth_inverse v : v <> 0 -> smooth Rinv v (/ v) (- / (v * v)).
Proof. split. easy. auto_derive; [easy | field; easy]. Qed.

Lemma tangent_inverse f x v d : v <> 0 -> tangent F f x v d ->
  tangent F (fun t => / f t) x (/ v) (- / (v * v) * d).
Proof. intros H T. apply (tangent_chain Rinv) with (1 := T). now apply smooth_inverse. Qed.

Lemma tangent_divide f g x v d w e : tangent F f x v d -> w <> 0 -> tangent F g x w e ->
  tangent F (fun t => f t / g t) x (v / w) ((d - v / w * e) / w).
Proof. intros T H U. refine (tangent_same _ _ _ _ _ _ _ _
  (tangent_mult _ _ _ _ _ _ _ T (tangent_inverse _ _ _ _ H U))); field; easy. Qed.

Lemma tangent_value c x v d : tangent F (fun _ => c) x v d -> c = v.
Proof. intros T. apply Rminus_diag_uniq. destruct (Req_dec (c - v) 0) as [E|E]; [easy|exfalso].
pose proof (tangent_near _ _ _ _ _ T (Rabs_pos_lt _ E)) as H. apply filter_ex in H. destruct H; lra. Qed.

Lemma tangent_fixed c x v d : tangent F (fun _ => c) x v d -> tangent F (fun _ => c) x v 0.
Proof. intros T. rewrite <- (tangent_value _ _ _ _ T). apply tangent_constant. Qed.

(* The sign of a function beside the point *)
Definition positive (f : R -> R) x := F (fun h => 0 < f (x + h)).
Definition negative (f : R -> R) x := F (fun h => f (x + h) < 0).
Definition zero (f : R -> R) x := F (fun h => f (x + h) = 0).

Lemma positive_value f x v d : tangent F f x v d -> 0 < v -> positive f x.
Proof. intros T H. unfold positive. generalize (tangent_near _ _ _ _ _ T H). apply filter_imp. intros h A.
apply Rabs_def2 in A. lra. Qed.

Lemma negative_value f x v d : tangent F f x v d -> v < 0 -> negative f x.
Proof. intros T H. unfold negative. generalize (tangent_near _ _ _ _ (- v) T ltac:(lra)). apply filter_imp.
intros h A. apply Rabs_def2 in A. lra. Qed.

Definition beside (s : R) := F (fun h => Rabs h = s * h /\ h <> 0).

Lemma tangent_slope f x v d s : beside s -> tangent F f x v d -> v = 0 -> d <> 0 ->
  F (fun h => Rabs (f (x + h) - d * h) < Rabs d * Rabs h /\ Rabs h = s * h /\ h <> 0).
Proof. intros B T V H. pose proof (Rabs_pos_lt _ H) as P.
apply (both _ _ _ (T (Rabs d / 2) ltac:(lra)) B). intros h A [E Z]. split; [|easy].
rewrite V, Rplus_0_l in A. pose proof (Rabs_pos_lt _ Z).
eapply Rle_lt_trans. exact A. apply Rmult_lt_compat_r; lra. Qed.

Lemma positive_slope f x v d s :
  beside s -> tangent F f x v d -> v = 0 -> 0 < s * d -> positive f x.
Proof. intros B T V H. unfold positive. assert (D : d <> 0) by (intros ->; lra).
generalize (tangent_slope _ _ _ _ _ B T V D). apply filter_imp. intros h (A & E & Z).
apply Rabs_def2 in A. rewrite <- Rabs_mult in A.
assert (0 < d * h). { pose proof (Rabs_pos_lt _ Z). destruct (Rlt_dec 0 h) as [p|p].
 rewrite Rabs_pos_eq in E by lra. assert (s = 1) by (apply (Rmult_eq_reg_r h); lra). subst. apply Rmult_lt_0_compat; lra.
 rewrite Rabs_left in E by lra. assert (s = -1) by (apply (Rmult_eq_reg_r h); lra). subst.
 replace (d * h) with (- d * - h) by ring. apply Rmult_lt_0_compat; lra. }
rewrite Rabs_pos_eq in A by lra. lra. Qed.

Lemma negative_opp f x : positive (fun t => - f t) x -> negative f x.
Proof. unfold positive, negative. apply filter_imp. intros h H. lra. Qed.

Lemma negative_slope f x v d s :
  beside s -> tangent F f x v d -> v = 0 -> s * d < 0 -> negative f x.
Proof. intros B T V H. apply negative_opp. apply (positive_slope _ _ (- v) (- d) s); try easy.
now apply tangent_opp. lra. lra. Qed.

(* abs, max and min, sign, choices *)
Lemma tangent_abs_positive f x v d :
  tangent F f x v d -> positive f x -> tangent F (fun t => Rabs (f t)) x v d.
Proof. intros T P. apply (tangent_local _ f); [|easy]. revert P. unfold positive, negative. apply filter_imp. intros h H.
now apply Rabs_pos_eq, Rlt_le. Qed.

Lemma tangent_abs_negative f x v d :
  tangent F f x v d -> negative f x -> tangent F (fun t => Rabs (f t)) x (- v) (- d).
Proof. intros T P. apply (tangent_local _ (fun t => - f t)); [|now apply tangent_opp].
revert P. unfold positive, negative. apply filter_imp. intros h H. now apply Rabs_left. Qed.

Lemma tangent_abs_flat f x v d :
  tangent F f x v d -> v = 0 -> d = 0 -> tangent F (fun t => Rabs (f t)) x 0 0.
Proof. intros T -> -> eps He. generalize (T eps He). apply filter_imp. intros h.
replace (0 + 0 * h) with 0 by ring. now rewrite !Rminus_0_r, Rabs_Rabsolu. Qed.

Definition along (s : R) := F (fun h => Rabs h = s * h).

Lemma tangent_abs_zero f x v d s :
  along s -> tangent F f x v d -> v = 0 -> tangent F (fun t => Rabs (f t)) x 0 (s * Rabs d).
Proof. intros S T -> eps He. apply (both _ _ _ (T eps He) S). intros h A E.
replace (0 + s * Rabs d * h) with (Rabs (0 + d * h)).
eapply Rle_trans. apply Rabs_triang_inv2. exact A.
rewrite Rplus_0_l, Rabs_mult, E. ring. Qed.

Lemma max_abs a b : Rmax a b = (a + b + Rabs (a - b)) / 2.
Proof. unfold Rmax. destruct (Rle_dec a b). rewrite Rabs_left1 by lra. field.
rewrite Rabs_pos_eq by lra. field. Qed.

Lemma min_abs a b : Rmin a b = (a + b - Rabs (a - b)) / 2.
Proof. unfold Rmin. destruct (Rle_dec a b). rewrite Rabs_left1 by lra. field.
rewrite Rabs_pos_eq by lra. field. Qed.

Lemma tangent_half f g k x v d w e a b : tangent F f x v d -> tangent F g x w e ->
  tangent F k x a b -> tangent F (fun t => (f t + g t + k t) / 2) x ((v + w + a) / 2) ((d + e + b) / 2).
Proof. intros T U K.
refine (tangent_same _ _ _ _ _ _ _ _ (tangent_divide _ (fun _ => 2) _ _ _ 2 0
  (tangent_plus _ _ _ _ _ _ _ (tangent_plus _ _ _ _ _ _ _ T U) K) ltac:(lra) (tangent_constant _ _))); field. Qed.

Lemma tangent_max f g x v d w e a b : tangent F f x v d -> tangent F g x w e ->
  tangent F (fun t => Rabs (f t - g t)) x a b ->
  tangent F (fun t => Rmax (f t) (g t)) x ((v + w + a) / 2) ((d + e + b) / 2).
Proof. intros T U K. refine (tangent_local _ _ _ _ _ _ (tangent_half _ _ _ _ _ _ _ _ _ _ T U K)).
apply filter_forall. intros h. apply max_abs. Qed.

Lemma tangent_min f g x v d w e a b : tangent F f x v d -> tangent F g x w e ->
  tangent F (fun t => Rabs (f t - g t)) x a b ->
  tangent F (fun t => Rmin (f t) (g t)) x ((v + w - a) / 2) ((d + e - b) / 2).
Proof. intros T U K. refine (tangent_local _ _ _ _ _ _
 (tangent_half _ _ _ _ _ _ _ _ _ _ T U (tangent_opp _ _ _ _ K))).
apply filter_forall. intros h. apply min_abs. Qed.

Lemma tangent_yes (P : R -> Prop) (D : forall t, {P t} + {~ P t}) f g x v d :
  F (fun h => P (x + h)) -> tangent F f x v d -> tangent F (fun t => if D t then f t else g t) x v d.
Proof. intros H. apply tangent_local. revert H. apply filter_imp. intros h H. now destruct (D (x + h)). Qed.

Lemma tangent_no (P : R -> Prop) (D : forall t, {P t} + {~ P t}) f g x v d :
  F (fun h => ~ P (x + h)) -> tangent F g x v d -> tangent F (fun t => if D t then f t else g t) x v d.
Proof. intros H. apply tangent_local. revert H. apply filter_imp. intros h H. now destruct (D (x + h)). Qed.

End Rules.

Lemma around_sides (P : R -> Prop) : left P -> here P -> right P -> around P.
Proof. intros [d L] H [e K]. unfold here, at_point in H.
exists (mkposreal _ (Rmin_pos _ _ (cond_pos d) (cond_pos e))). intros h B.
destruct (total_order_T h 0) as [[N|E]|N].
- apply L; [|easy]. unfold ball in *; simpl in *; unfold AbsRing_ball in *. eapply Rlt_le_trans. exact B. apply Rmin_l.
- now subst.
- apply K; [|easy]. unfold ball in *; simpl in *; unfold AbsRing_ball in *. eapply Rlt_le_trans. exact B. apply Rmin_r.
Qed.

Lemma beside_right : beside right 1.
Proof. exists (mkposreal 1 Rlt_0_1). intros h _ H. split; [|lra]. rewrite Rabs_pos_eq; lra. Qed.
Lemma beside_left : beside left (-1).
Proof. exists (mkposreal 1 Rlt_0_1). intros h _ H. split; [|lra]. rewrite Rabs_left; lra. Qed.
Lemma along_right : along right 1.
Proof. unfold along. generalize beside_right. unfold beside. apply filter_imp. tauto. Qed.
Lemma along_left : along left (-1).
Proof. unfold along. generalize beside_left. unfold beside. apply filter_imp. tauto. Qed.
Lemma along_here : along here 1.
Proof. unfold along, here, at_point. rewrite Rabs_R0; ring. Qed.

Lemma tangent_derive f x v d : tangent around f x v d -> is_derive f x d.
Proof. intros T. assert (V : f x = v).
{ assert (H := fun eps => tangent_near around _ _ _ _ eps T). apply Rminus_diag_uniq.
  destruct (Req_dec (f x - v) 0) as [E|E]; [easy|exfalso].
  specialize (H _ (Rabs_pos_lt _ E)). apply locally_singleton in H. rewrite Rplus_0_r in H. lra. }
subst v. apply is_derive_Reals. intros eps He. destruct (T (eps / 2) ltac:(lra)) as [delta H].
exists delta. intros h Z S. specialize (H h).
assert (B : ball 0 delta h). { unfold ball; simpl; unfold AbsRing_ball, minus, plus, opp, abs; simpl. now rewrite Ropp_0, Rplus_0_r. }
specialize (H B). pose proof (Rabs_pos_lt _ Z) as P.
replace ((f (x + h) - f x) / h - d) with ((f (x + h) - (f x + d * h)) / h) by (field; easy).
rewrite Rabs_div by easy. unfold Rdiv.
apply Rmult_lt_reg_r with (1 := P). rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
eapply Rle_lt_trans. exact H. apply Rmult_lt_compat_r; lra. Qed.

Lemma derive_tangent F (N : Near F) f x d : is_derive f x d -> tangent F f x (f x) d.
Proof. intros D. pose proof (tangent_chain F _ _ _ _ _ _ _ (tangent_identity F x) (conj eq_refl D)) as T.
refine (tangent_same _ _ _ _ _ _ _ _ _ T). easy. ring. Qed.

Lemma tangent_unique F (N : Near F) f x v d w e :
  (forall eps, 0 < eps -> F (fun h => h <> 0)) ->
  tangent F f x v d -> tangent F f x w e -> v = w /\ d = e.
Proof. intros Z T U. pose proof (tangent_minus F _ _ _ _ _ _ _ T U) as M.
assert (C : tangent F (fun _ => 0) x (v - w) (d - e)).
{ refine (tangent_local F _ _ _ _ _ _ M). apply filter_forall. intros h. ring. }
assert (V := tangent_value F _ _ _ _ C). split. lra.
destruct (Req_dec (d - e) 0) as [E|E]; [lra|exfalso]. pose proof (Rabs_pos_lt _ E) as P.
rewrite <- V in C. assert (X : F (fun h => Rabs (0 - (0 + (d - e) * h)) <= Rabs (d - e) / 2 * Rabs h /\ h <> 0)).
{ apply filter_and. apply C. lra. exact (Z 1 Rlt_0_1). }
apply filter_ex in X. destruct X as [h [A B]].
replace (0 - (0 + (d - e) * h)) with (- ((d - e) * h)) in A by ring. rewrite Rabs_Ropp, Rabs_mult in A.
pose proof (Rabs_pos_lt _ B) as Q. apply Rmult_le_reg_r in A; lra. Qed.

Lemma moves F s : Near F -> beside F s -> forall eps : R, 0 < eps -> F (fun h => h <> 0).
Proof. intros N B _ _. revert B. unfold beside. apply filter_imp. tauto. Qed.

Lemma not_derivable f x v d w e : tangent left f x v d -> tangent right f x w e ->
  v <> w \/ d <> e -> ~ ex_derive f x.
Proof. intros L K D [l H].
destruct (tangent_unique left _ _ _ _ _ _ _ (moves _ _ _ beside_left) L (derive_tangent left _ _ _ _ H)) as [A B].
destruct (tangent_unique right _ _ _ _ _ _ _ (moves _ _ _ beside_right) K (derive_tangent right _ _ _ _ H)) as [A' B'].
destruct D; lra. Qed.

Lemma not_continuous_left f x v d w e : tangent left f x v d -> tangent here f x w e ->
  v <> w -> ~ ex_derive f x.
Proof. intros L K D [l H].
destruct (tangent_unique left _ _ _ _ _ _ _ (moves _ _ _ beside_left) L (derive_tangent left _ _ _ _ H)) as [A _].
specialize (K 1 Rlt_0_1). unfold here, at_point in K. rewrite Rplus_0_r, Rabs_R0, Rmult_0_r, Rmult_0_r in K.
pose proof (Rabs_pos (f x - (w + 0))). assert (Rabs (f x - (w + 0)) = 0) by lra.
destruct (Req_dec (f x - (w + 0)) 0) as [E|E]. lra. now apply Rabs_no_R0 in E. Qed.

Lemma not_continuous_right f x v d w e : tangent right f x v d -> tangent here f x w e ->
  v <> w -> ~ ex_derive f x.
Proof. intros L K D [l H].
destruct (tangent_unique right _ _ _ _ _ _ _ (moves _ _ _ beside_right) L (derive_tangent right _ _ _ _ H)) as [A _].
specialize (K 1 Rlt_0_1). unfold here, at_point in K. rewrite Rplus_0_r, Rabs_R0, Rmult_0_r, Rmult_0_r in K.
pose proof (Rabs_pos (f x - (w + 0))). assert (Rabs (f x - (w + 0)) = 0) by lra.
destruct (Req_dec (f x - (w + 0)) 0) as [E|E]. lra. now apply Rabs_no_R0 in E. Qed.

Lemma tangent_joined f x v d v' d' w e : tangent left f x v d -> tangent here f x w e ->
  tangent right f x v' d' -> v = w -> v' = w -> d = d' -> tangent around f x w d.
Proof. intros L H K -> -> -> eps He. apply around_sides; [now apply L | | now apply K].
specialize (H eps He). unfold here, at_point in *. now rewrite Rmult_0_r in *. Qed.

(* The functions that the libraries lack. *)
Definition log2 x := ln x / ln 2.
Definition log10 x := ln x / ln 10.
Definition log1p x := ln (1 + x).
Definition expm1 x := exp x - 1.
Definition cbrt x := if Rlt_dec 0 x then exp (ln x / 3) else if Rlt_dec x 0 then - exp (ln (- x) / 3) else 0.
Definition power x y := if Rlt_dec 0 x then Rpower x y else if Req_EM_T y 0 then 1 else 0.
Definition sec x := 1 / cos x.
Definition csc x := 1 / sin x.
Definition cot x := cos x / sin x.
Definition asec x := acos (1 / x).
Definition acsc x := asin (1 / x).
Definition acot x := atan (1 / x).
Definition sech x := 1 / cosh x.
Definition csch x := 1 / sinh x.
Definition coth x := cosh x / sinh x.
Definition asinh x := ln (x + sqrt (x ^ 2 + 1)).
Definition acosh x := ln (x + sqrt (x ^ 2 - 1)).
Definition atanh x := ln ((1 + x) / (1 - x)) / 2.
Definition asech x := acosh (1 / x).
Definition acsch x := asinh (1 / x).
Definition acoth x := atanh (1 / x).
Definition hypot x y := sqrt (x ^ 2 + y ^ 2).
Definition atan2 y x :=
  if Rlt_dec 0 y then PI / 2 - atan (x / y)
  else if Rlt_dec y 0 then - (PI / 2) - atan (x / y)
  else if Rlt_dec x 0 then PI else 0.
Definition sigmoid x := 1 / (1 + exp (- x)).
Definition silu x := x * sigmoid x.
Definition softplus x := ln (1 + exp x).
Definition relu x := Rmax x 0.
Definition sign x := if Rlt_dec 0 x then 1 else if Rlt_dec x 0 then -1 else 0.

Ltac row := intros; split; [try (reflexivity || (field; easy)) | auto_derive; try easy; try (field; (easy || (repeat split; lra)))].

Lemma smooth_exp v : smooth exp v (exp v) (exp v).
Proof. row. Qed.
Lemma smooth_expm1 v : smooth expm1 v (exp v - 1) (exp v).
Proof. unfold expm1. row. Qed.
Lemma smooth_ln v : 0 < v -> smooth ln v (ln v) (/ v).
Proof. row. Qed.
Lemma ln_positive a : 1 < a -> 0 < ln a.
Proof. intros H. rewrite <- ln_1. apply ln_increasing; lra. Qed.
Lemma smooth_log2 v : 0 < v -> smooth log2 v (ln v / ln 2) (/ (v * ln 2)).
Proof. unfold log2. pose proof (ln_positive 2 ltac:(lra)). row. Qed.
Lemma smooth_log10 v : 0 < v -> smooth log10 v (ln v / ln 10) (/ (v * ln 10)).
Proof. unfold log10. pose proof (ln_positive 10 ltac:(lra)). row. Qed.
Lemma smooth_log1p v : 0 < 1 + v -> smooth log1p v (ln (1 + v)) (/ (1 + v)).
Proof. unfold log1p. row. Qed.
Lemma smooth_sqrt v : 0 < v -> smooth sqrt v (sqrt v) (/ (2 * sqrt v)).
Proof. intros H. pose proof (sqrt_lt_R0 _ H). row. Qed.
Lemma smooth_sin v : smooth sin v (sin v) (cos v).
Proof. row. Qed.
Lemma smooth_cos v : smooth cos v (cos v) (- sin v).
Proof. row. Qed.
Lemma smooth_tan v : cos v <> 0 -> smooth tan v (tan v) (/ (cos v * cos v)).
Proof. intros H. split. easy. unfold tan. auto_derive. easy.
  pose proof (sin2_cos2 v) as S. unfold Rsqr in S. apply (Rmult_eq_reg_r (cos v * cos v)).
  field_simplify; try easy. lra. nra. Qed.
Lemma smooth_sec v : cos v <> 0 -> smooth sec v (/ cos v) (sin v / (cos v * cos v)).
Proof. unfold sec. row. Qed.
Lemma smooth_csc v : sin v <> 0 -> smooth csc v (/ sin v) (- cos v / (sin v * sin v)).
Proof. unfold csc. row. Qed.
Lemma smooth_cot v : sin v <> 0 -> smooth cot v (cos v / sin v) (- / (sin v * sin v)).
Proof. intros H. split. easy. unfold cot. auto_derive. easy.
  pose proof (sin2_cos2 v) as S. unfold Rsqr in S. apply (Rmult_eq_reg_r (sin v * sin v)).
  field_simplify; try easy. lra. nra. Qed.
Lemma smooth_atan v : smooth atan v (atan v) (/ (1 + v * v)).
Proof. split. easy. apply is_derive_Reals. replace (v * v) with (v ^ 2) by ring.
  apply derivable_pt_lim_atan. Qed.
Lemma square_below v : -1 < v < 1 -> 0 < 1 - v * v.
Proof. intros. nra. Qed.
Lemma smooth_asin v : -1 < v -> v < 1 -> smooth asin v (atan (v / sqrt (1 - v * v))) (/ sqrt (1 - v * v)).
Proof. intros A B. split. now apply asin_atan. 
  apply is_derive_Reals. replace (/ sqrt (1 - v * v)) with (derive_pt asin v (derivable_pt_asin v (conj A B))).
  unfold derive_pt. now destruct (derivable_pt_asin v (conj A B)).
  rewrite derive_pt_asin. unfold Rsqr. field. pose proof (sqrt_lt_R0 _ (square_below v (conj A B))). lra. Qed.
Lemma smooth_acos v : -1 < v -> v < 1 ->
  smooth acos v (PI / 2 - atan (v / sqrt (1 - v * v))) (- / sqrt (1 - v * v)).
Proof. intros A B. split. rewrite acos_asin by lra. now rewrite asin_atan.
  apply is_derive_Reals. replace (- / sqrt (1 - v * v)) with (derive_pt acos v (derivable_pt_acos v (conj A B))).
  unfold derive_pt. now destruct (derivable_pt_acos v (conj A B)).
  rewrite derive_pt_acos. unfold Rsqr. field. pose proof (sqrt_lt_R0 _ (square_below v (conj A B))). lra. Qed.
Lemma smooth_sinh v : smooth sinh v ((exp v - exp (- v)) / 2) ((exp v + exp (- v)) / 2).
Proof. unfold sinh. row. Qed.
Lemma smooth_cosh v : smooth cosh v ((exp v + exp (- v)) / 2) ((exp v - exp (- v)) / 2).
Proof. unfold cosh. row. Qed.
Lemma smooth_tanh v : smooth tanh v (1 - 2 / (exp (2 * v) + 1)) (4 * exp (2 * v) / ((exp (2 * v) + 1) * (exp (2 * v) + 1))).
Proof. pose proof (exp_pos v). pose proof (exp_pos (2 * v)).
  assert (E : forall t, tanh t = 1 - 2 / (exp (2 * t) + 1)).
  { intros t. pose proof (exp_pos t). unfold tanh, sinh, cosh. rewrite exp_Ropp.
    replace (2 * t) with (t + t) by ring. rewrite exp_plus. field. split; nra. }
  split. easy. apply (is_derive_ext (fun t => 1 - 2 / (exp (2 * t) + 1))). easy.
  auto_derive. lra. field. lra. Qed.
Lemma asinh_positive v : 0 < v + sqrt (v ^ 2 + 1).
Proof. assert (Rabs v < sqrt (v ^ 2 + 1)). { rewrite <- sqrt_Rsqr_abs. apply sqrt_lt_1_alt. unfold Rsqr. nra. }
  pose proof (Rle_abs (- v)). rewrite Rabs_Ropp in *. lra. Qed.
Lemma smooth_asinh v : smooth asinh v (ln (v + sqrt (v ^ 2 + 1))) (/ sqrt (v ^ 2 + 1)).
Proof. pose proof (asinh_positive v). assert (0 < v ^ 2 + 1) by nra. pose proof (sqrt_lt_R0 _ H0).
  unfold asinh. split. easy. auto_derive. replace (v * (v * 1) + 1) with (v ^ 2 + 1) by ring. easy.
  replace (v * (v * 1) + 1) with (v ^ 2 + 1) by ring. field. lra. Qed.
Lemma smooth_acosh v : 1 < v -> smooth acosh v (ln (v + sqrt (v ^ 2 - 1))) (/ sqrt (v ^ 2 - 1)).
Proof. intros. assert (0 < v ^ 2 - 1) by nra. pose proof (sqrt_lt_R0 _ H0).
  unfold acosh. split. easy. auto_derive; replace (v * (v * 1) + - (1)) with (v ^ 2 - 1) by ring.
  repeat split; lra. field. lra. Qed.
Lemma smooth_atanh v : -1 < v -> v < 1 -> smooth atanh v (ln ((1 + v) / (1 - v)) / 2) (/ (1 - v * v)).
Proof. intros. unfold atanh. split. easy. auto_derive. split. lra. split.
  apply Rdiv_lt_0_compat; lra. easy. field. nra. Qed.
Lemma smooth_sigmoid v : smooth sigmoid v (/ (1 + exp (- v))) (exp (- v) / ((1 + exp (- v)) * (1 + exp (- v)))).
Proof. unfold sigmoid. pose proof (exp_pos (- v)). split. field. lra. auto_derive. lra. field. lra. Qed.
Lemma smooth_softplus v : smooth softplus v (ln (1 + exp v)) (/ (1 + exp (- v))).
Proof. unfold softplus. pose proof (exp_pos v). pose proof (exp_pos (- v)). split. easy. auto_derive. lra.
  rewrite exp_Ropp. field. nra. Qed.
Lemma smooth_cbrt_positive v : 0 < v -> smooth cbrt v (exp (ln v / 3)) (exp (ln v / 3) / (3 * v)).
Proof. intros H. split. unfold cbrt. now destruct (Rlt_dec 0 v).
  apply (is_derive_ext_loc (fun t => exp (ln t / 3))).
  generalize (open_gt 0 v H). apply filter_imp. intros t K. unfold cbrt. now destruct (Rlt_dec 0 t).
  auto_derive. easy. unfold Rdiv. field. lra. Qed.
Lemma smooth_cbrt_negative v : v < 0 -> smooth cbrt v (- exp (ln (- v) / 3)) (- exp (ln (- v) / 3) / (3 * v)).
Proof. intros H. assert (E : forall t, t < 0 -> - exp (ln (- t) / 3) = cbrt t).
  { intros t K. unfold cbrt. destruct (Rlt_dec 0 t). lra. now destruct (Rlt_dec t 0). }
  split. now rewrite E. apply (is_derive_ext_loc (fun t => - exp (ln (- t) / 3))).
  generalize (open_lt 0 v H). now apply filter_imp. auto_derive. lra.
  unfold Rdiv. field. lra. Qed.
Lemma smooth_power n v : smooth (fun t => t ^ n) v (v ^ n) (IZR (Z.of_nat n) * v ^ pred n).
Proof. split. easy. auto_derive. easy. rewrite <- INR_IZR_INZ. ring. Qed.

Section Rules2.
Context (F : (R -> Prop) -> Prop) {N : Near F}.

Lemma tangent_power f g x v d w e : 0 < v -> tangent F f x v d -> tangent F g x w e ->
  tangent F (fun t => power (f t) (g t)) x (exp (w * ln v)) (exp (w * ln v) * (e * ln v + w * d / v)).
Proof. intros H T U. apply (tangent_local F _ (fun t => exp (g t * ln (f t)))).
generalize (positive_value F _ _ _ _ T H). unfold positive. apply filter_imp. intros h K. unfold power.
now destruct (Rlt_dec 0 (f (x + h))).
pose proof (tangent_mult F _ _ _ _ _ _ _ U (tangent_chain F _ _ _ _ _ _ _ T (smooth_ln _ H))) as M.
pose proof (tangent_chain F _ _ _ _ _ _ _ M (smooth_exp _)) as E.
refine (tangent_same F _ _ _ _ _ _ _ _ E). easy. field. lra. Qed.

Lemma tangent_sqrt_square f x v d : tangent F (fun t => Rabs (f t)) x v d ->
  tangent F (fun t => sqrt (f t ^ 2)) x v d.
Proof. apply (tangent_local F). apply filter_forall. intros h. rewrite <- sqrt_Rsqr_abs. unfold Rsqr. f_equal. ring. Qed.

Lemma tangent_hypot f g x v d w e : tangent F f x v d -> tangent F g x w e -> 0 < v ^ 2 + w ^ 2 ->
  tangent F (fun t => hypot (f t) (g t)) x (sqrt (v ^ 2 + w ^ 2)) ((v * d + w * e) / sqrt (v ^ 2 + w ^ 2)).
Proof. intros T U H.
pose proof (tangent_plus F _ _ _ _ _ _ _ (tangent_chain F _ _ _ _ _ _ _ T (smooth_power 2 v))
 (tangent_chain F _ _ _ _ _ _ _ U (smooth_power 2 w))) as P.
refine (tangent_same F _ _ _ _ _ _ _ _ (tangent_chain F _ _ _ _ _ _ _ P (smooth_sqrt _ H))). easy.
simpl. pose proof (sqrt_lt_R0 _ H). simpl in *. field. lra. Qed.

Lemma tangent_hypot_zero f g x v d w e s : along F s -> tangent F f x v d -> tangent F g x w e ->
  v = 0 -> w = 0 -> tangent F (fun t => hypot (f t) (g t)) x 0 (s * sqrt (d ^ 2 + e ^ 2)).
Proof. intros S T U -> -> eps He. 
apply (both F _ _ _ (@filter_and R F _ _ _ (T (eps / 2) ltac:(lra)) (U (eps / 2) ltac:(lra))) S).
intros h [A B] E. rewrite !Rplus_0_l in *.
assert (Q : s * sqrt (d ^ 2 + e ^ 2) * h = hypot (d * h) (e * h)).
{ unfold hypot. replace ((d * h) ^ 2 + (e * h) ^ 2) with ((d ^ 2 + e ^ 2) * (Rabs h * Rabs h)).
  rewrite sqrt_mult, sqrt_square by (try apply Rabs_pos; nra). rewrite E. ring.
  rewrite <- Rabs_mult, Rabs_pos_eq by nra. ring. }
rewrite Q. set (a := f (x + h)) in *. set (b := g (x + h)) in *.
assert (X : Rabs (hypot a b - hypot (d * h) (e * h)) <= Rabs (a - d * h) + Rabs (b - e * h)).
{ apply Rabs_le. 
  assert (Tri : forall p q r t, hypot p q <= hypot r t + (Rabs (p - r) + Rabs (q - t))).
  { intros p q r t.
    assert (Z : hypot p q <= hypot r t + hypot (p - r) (q - t)).
    { pose proof (triangle p q 0 0 r t) as D. rewrite Rplus_comm.
      assert (X : forall a b c k, dist_euc a b c k = hypot (a - c) (b - k)).
      { intros. unfold dist_euc, hypot, Rsqr. f_equal. ring. }
      now rewrite !X, !Rminus_0_r in D. }
    unfold hypot in *.
    assert (W : sqrt ((p - r) ^ 2 + (q - t) ^ 2) <= Rabs (p - r) + Rabs (q - t)).
    { pose proof (pow2_ge_0 (p - r)). pose proof (pow2_ge_0 (q - t)).
      apply Rsqr_incr_0_var. rewrite Rsqr_sqrt by lra. unfold Rsqr.
      rewrite <- (pow2_abs (p - r)), <- (pow2_abs (q - t)).
      pose proof (Rabs_pos (p - r)). pose proof (Rabs_pos (q - t)). nra.
      pose proof (Rabs_pos (p - r)). pose proof (Rabs_pos (q - t)). lra. }
    lra. }
  pose proof (Tri a b (d * h) (e * h)). pose proof (Tri (d * h) (e * h) a b).
  rewrite (Rabs_minus_sym (d * h)), (Rabs_minus_sym (e * h)) in *. lra. }
lra. Qed.

Lemma tangent_atan2_positive f g x v d w e : tangent F f x v d -> tangent F g x w e -> 0 < v ->
  tangent F (fun t => atan2 (f t) (g t)) x (PI / 2 - atan (w / v)) ((w * d - v * e) / (v ^ 2 + w ^ 2)).
Proof. intros T U H.
pose proof (tangent_divide F _ _ _ _ _ _ _ U (Rgt_not_eq _ _ H) T) as Q.
pose proof (tangent_minus F _ _ _ _ _ _ _ (tangent_constant F (PI / 2) x) (tangent_chain F _ _ _ _ _ _ _ Q (smooth_atan _))) as A.
apply (tangent_local F _ (fun t => PI / 2 - atan (g t / f t))).
generalize (positive_value F _ _ _ _ T H). unfold positive. apply filter_imp. intros h K. unfold atan2.
now destruct (Rlt_dec 0 (f (x + h))).
refine (tangent_same F _ _ _ _ _ _ _ _ A). easy. field. nra. Qed.

Lemma tangent_atan2_negative f g x v d w e : tangent F f x v d -> tangent F g x w e -> v < 0 ->
  tangent F (fun t => atan2 (f t) (g t)) x (- (PI / 2) - atan (w / v)) ((w * d - v * e) / (v ^ 2 + w ^ 2)).
Proof. intros T U H.
pose proof (tangent_divide F _ _ _ _ _ _ _ U (Rlt_not_eq _ _ H) T) as Q.
pose proof (tangent_minus F _ _ _ _ _ _ _ (tangent_constant F (- (PI / 2)) x) (tangent_chain F _ _ _ _ _ _ _ Q (smooth_atan _))) as A.
apply (tangent_local F _ (fun t => - (PI / 2) - atan (g t / f t))).
generalize (negative_value F _ _ _ _ T H). unfold negative. apply filter_imp. intros h K. unfold atan2.
destruct (Rlt_dec 0 (f (x + h))). lra. now destruct (Rlt_dec (f (x + h)) 0).
refine (tangent_same F _ _ _ _ _ _ _ _ A). easy. field. nra. Qed.

Lemma atan_inverse t : t <> 0 -> atan t = (if Rlt_dec 0 t then PI / 2 else - (PI / 2)) - atan (/ t).
Proof. intros Z. destruct (Rlt_dec 0 t) as [P|P].
 rewrite atan_inv by easy. ring.
 assert (0 < - t) by lra. set (s := - t) in *. replace t with (- s) by (unfold s; ring).
 replace (/ - s) with (- / s) by (field; lra). rewrite !atan_opp, atan_inv by lra. ring. Qed.

Lemma tangent_atan2_right f g x v d w e : tangent F f x v d -> tangent F g x w e -> 0 < w ->
  tangent F (fun t => atan2 (f t) (g t)) x (atan (v / w)) ((w * d - v * e) / (v ^ 2 + w ^ 2)).
Proof. intros T U H.
pose proof (tangent_divide F _ _ _ _ _ _ _ T (Rgt_not_eq _ _ H) U) as Q.
pose proof (tangent_chain F _ _ _ _ _ _ _ Q (smooth_atan _)) as A.
apply (tangent_local F _ (fun t => atan (f t / g t))).
generalize (positive_value F _ _ _ _ U H). unfold positive. apply filter_imp. intros h K. unfold atan2.
destruct (Req_dec (f (x + h)) 0) as [Z|Z].
 rewrite Z. destruct (Rlt_dec 0 0); [lra|]. destruct (Rlt_dec (g (x + h)) 0); [lra|].
 replace (0 / g (x + h)) with 0 by (field; lra). now rewrite atan_0.
 rewrite (atan_inverse (f (x + h) / g (x + h))).
 replace (/ (f (x + h) / g (x + h))) with (g (x + h) / f (x + h)) by (field; lra).
 destruct (Rlt_dec 0 (f (x + h))) as [P|P].
 destruct (Rlt_dec 0 (f (x + h) / g (x + h))) as [S|S]. easy.
 exfalso. apply S. now apply Rdiv_lt_0_compat.
 destruct (Rlt_dec (f (x + h)) 0); [|lra].
 destruct (Rlt_dec 0 (f (x + h) / g (x + h))) as [S|S]. exfalso.
 apply (Rmult_lt_compat_r _ _ _ K) in S. unfold Rdiv in S. rewrite Rmult_assoc, Rinv_l in S; lra. easy.
 intros E. apply Z. apply (Rmult_eq_compat_r (g (x + h))) in E. unfold Rdiv in E. rewrite Rmult_assoc, Rinv_l in E; lra.
refine (tangent_same F _ _ _ _ _ _ _ _ A). easy. field. nra. Qed.
End Rules2.

(* What grows faster than every line: f tends to v, and beside the point |f - v| > m |h| for each m. *)
Definition steep (F : (R -> Prop) -> Prop) (f : R -> R) (x v : R) :=
  (forall eps, 0 < eps -> F (fun h => Rabs (f (x + h) - v) < eps)) /\
  (forall m, 0 < m -> F (fun h => m * Rabs h <= Rabs (f (x + h) - v))).

Section Steep.
Context (F : (R -> Prop) -> Prop) {N : Near F}.

Lemma steep_local f g x v : (forall t, f t = g t) -> steep F g x v -> steep F f x v.
Proof. intros E [A B]. split.
- intros eps He. generalize (A eps He). apply filter_imp. intros h. now rewrite E.
- intros m Hm. generalize (B m Hm). apply filter_imp. intros h. now rewrite E. Qed.

Lemma steep_opp f x v : steep F f x v -> steep F (fun t => - f t) x (- v).
Proof. intros [A B]. assert (E : forall y, Rabs (- y - - v) = Rabs (y - v)).
{ intros y. replace (- y - - v) with (- (y - v)) by ring. apply Rabs_Ropp. }
split; intros k Hk; [generalize (A k Hk) | generalize (B k Hk)]; apply filter_imp; intros h; now rewrite E. Qed.

Lemma steep_plus f g x v w e : steep F f x v -> tangent F g x w e -> steep F (fun t => f t + g t) x (v + w).
Proof. intros [A B] T.
assert (E : forall a b, a + b - (v + w) = (a - v) + (b - w)) by (intros; ring).
pose proof (Rabs_pos e) as P. split.
- intros eps He. apply (both F _ _ _ (A (eps / 2) ltac:(lra)) (tangent_near F _ _ _ _ (eps / 2) T ltac:(lra))).
  intros h H K. rewrite E. eapply Rle_lt_trans. apply Rabs_triang. lra.
- intros m Hm. apply (both F _ _ _ (B (m + (Rabs e + 1)) ltac:(lra)) (tangent_change F _ _ _ _ T)).
  intros h H K. rewrite E. pose proof (Rabs_triang_inv (f (x + h) - v) (- (g (x + h) - w))) as I.
  rewrite Rabs_Ropp in I. replace (f (x + h) - v + (g (x + h) - w)) with (f (x + h) - v - - (g (x + h) - w)) by ring. lra. Qed.

Lemma steep_plus_left f g x v w e : tangent F g x w e -> steep F f x v -> steep F (fun t => g t + f t) x (w + v).
Proof. intros T S. apply (steep_local _ (fun t => f t + g t)). intros; ring.
rewrite Rplus_comm. now apply (steep_plus _ _ _ _ _ e). Qed.

Lemma steep_minus f g x v w e : steep F f x v -> tangent F g x w e -> steep F (fun t => f t - g t) x (v - w).
Proof. intros S T. exact (steep_plus _ _ _ _ _ _ S (tangent_opp F _ _ _ _ T)). Qed.

Lemma steep_minus_left f g x v w e : tangent F g x w e -> steep F f x v -> steep F (fun t => g t - f t) x (w - v).
Proof. intros T S. exact (steep_plus_left _ _ _ _ _ _ T (steep_opp _ _ _ S)). Qed.

Lemma steep_mult f g x v w e : w <> 0 -> steep F f x v -> tangent F g x w e ->
  steep F (fun t => f t * g t) x (v * w).
Proof. intros Z [A B] T. pose proof (Rabs_pos_lt _ Z) as P. pose proof (Rabs_pos e) as Pe. pose proof (Rabs_pos v) as Pv.
assert (E : forall a b, a * b - v * w = (a - v) * b + v * (b - w)) by (intros; ring).
assert (G : F (fun h => Rabs w / 2 < Rabs (g (x + h)) < 2 * Rabs w)).
{ generalize (tangent_near F _ _ _ _ (Rabs w / 2) T ltac:(lra)). apply filter_imp. intros h H.
  pose proof (Rabs_triang_inv w (w - g (x + h))) as I. pose proof (Rabs_triang w (g (x + h) - w)) as J.
  replace (w - (w - g (x + h))) with (g (x + h)) in I by ring. replace (w + (g (x + h) - w)) with (g (x + h)) in J by ring.
  rewrite Rabs_minus_sym in H. rewrite (Rabs_minus_sym (g (x + h)) w) in J. lra. }
split.
- intros eps He.
  assert (K1 : 0 < eps / (4 * Rabs w)) by (apply Rdiv_lt_0_compat; lra).
  assert (K2 : 0 < eps / (2 * (Rabs v + 1))) by (apply Rdiv_lt_0_compat; lra).
  apply (both F _ _ _ (@filter_and R F _ _ _ (A _ K1) G) (tangent_near F _ _ _ _ _ T K2)).
  intros h [H [_ I]] K. rewrite E. eapply Rle_lt_trans. apply Rabs_triang. rewrite !Rabs_mult.
  assert (X : Rabs (f (x + h) - v) * Rabs (g (x + h)) <= eps / (4 * Rabs w) * (2 * Rabs w)).
  { apply Rmult_le_compat; try apply Rabs_pos; lra. }
  assert (Y : Rabs v * Rabs (g (x + h) - w) <= (Rabs v) * (eps / (2 * (Rabs v + 1)))).
  { apply Rmult_le_compat_l; lra. }
  replace (eps / (4 * Rabs w) * (2 * Rabs w)) with (eps / 2) in X by (field; lra).
  replace (Rabs v * (eps / (2 * (Rabs v + 1)))) with (eps / 2 - eps / (2 * (Rabs v + 1))) in Y by (field; lra). lra.
- intros m Hm. set (k := (m + Rabs v * (Rabs e + 1)) * (2 / Rabs w)).
  assert (Hk : 0 < k). { unfold k. apply Rmult_lt_0_compat. pose proof (Rmult_le_pos (Rabs v) (Rabs e + 1) Pv ltac:(lra)). lra. apply Rdiv_lt_0_compat; lra. }
  apply (both F _ _ _ (@filter_and R F _ _ _ (B k Hk) G) (tangent_change F _ _ _ _ T)).
  intros h [H [I _]] K. rewrite E.
  pose proof (Rabs_triang_inv ((f (x + h) - v) * g (x + h)) (- (v * (g (x + h) - w)))) as J.
  rewrite Rabs_Ropp, !Rabs_mult in J.
  replace ((f (x + h) - v) * g (x + h) + v * (g (x + h) - w)) with ((f (x + h) - v) * g (x + h) - - (v * (g (x + h) - w))) by ring.
  assert (X : k * Rabs h * (Rabs w / 2) <= Rabs (f (x + h) - v) * Rabs (g (x + h))).
  { apply Rmult_le_compat; try lra. apply Rmult_le_pos. lra. apply Rabs_pos. }
  replace (k * Rabs h * (Rabs w / 2)) with ((m + Rabs v * (Rabs e + 1)) * Rabs h) in X by (unfold k; field; lra).
  assert (Y : Rabs v * Rabs (g (x + h) - w) <= Rabs v * ((Rabs e + 1) * Rabs h)) by (apply Rmult_le_compat_l; lra).
  lra. Qed.

Lemma steep_mult_left f g x v w e : w <> 0 -> tangent F g x w e -> steep F f x v ->
  steep F (fun t => g t * f t) x (w * v).
Proof. intros Z T S. apply (steep_local _ (fun t => f t * g t)). intros; ring.
rewrite Rmult_comm. now apply (steep_mult _ _ _ _ _ e). Qed.

Lemma steep_divide f g x v w e : w <> 0 -> steep F f x v -> tangent F g x w e ->
  steep F (fun t => f t / g t) x (v / w).
Proof. intros Z S T. exact (steep_mult _ _ _ _ _ _ (Rinv_neq_0_compat _ Z) S (tangent_inverse F _ _ _ _ Z T)). Qed.

Lemma steep_chain g f x v w e : steep F f x v -> smooth g v w e -> e <> 0 -> steep F (fun t => g (f t)) x w.
Proof. intros [A B] [<- D] Z. pose proof (Rabs_pos_lt _ Z) as P. apply is_derive_Reals in D.
destruct (D (Rabs e / 2) ltac:(lra)) as [delta H].
assert (G : F (fun h => Rabs e / 2 * Rabs (f (x + h) - v) <= Rabs (g (f (x + h)) - g v) <= 2 * Rabs e * Rabs (f (x + h) - v))).
{ generalize (A delta (cond_pos delta)). apply filter_imp. intros h K. set (y := f (x + h)) in *.
  destruct (Req_dec (y - v) 0) as [W|W].
  - replace y with v by lra. rewrite !Rminus_eq_0, Rabs_R0. lra.
  - specialize (H (y - v) W K). replace (v + (y - v)) with y in H by ring.
    pose proof (Rabs_pos_lt _ W) as Q. set (q := (g y - g v) / (y - v)) in *.
    replace (g y - g v) with (q * (y - v)) by (unfold q; field; easy). rewrite Rabs_mult.
    pose proof (Rabs_triang_inv e (e - q)) as I. pose proof (Rabs_triang e (q - e)) as J.
    replace (e - (e - q)) with q in I by ring. replace (e + (q - e)) with q in J by ring.
    rewrite (Rabs_minus_sym e q) in I.
    split; apply Rmult_le_compat_r; lra. }
split.
- intros eps He. apply (both F _ _ _ (A (eps / (2 * Rabs e)) ltac:(apply Rdiv_lt_0_compat; lra)) G).
  intros h K [_ L]. eapply Rle_lt_trans. exact L.
  replace eps with (2 * Rabs e * (eps / (2 * Rabs e))) by (field; lra). apply Rmult_lt_compat_l; lra.
- intros m Hm. apply (both F _ _ _ (B (m * (2 / Rabs e)) ltac:(apply Rmult_lt_0_compat; [lra|apply Rdiv_lt_0_compat; lra])) G).
  intros h K [L _]. eapply Rle_trans. 2: exact L.
  replace (m * Rabs h) with (Rabs e / 2 * (m * (2 / Rabs e) * Rabs h)) by (field; lra). apply Rmult_le_compat_l; lra. Qed.

(* A root r of |u|, where u is 0 with a slope: r tends to 0, and r^n = |u| for n = 2 or 3. *)
Lemma steep_root f r n x v d s : beside F s -> tangent F f x v d -> v = 0 -> d <> 0 ->
  (forall t, 0 <= r t) -> F (fun h => r (x + h) ^ S (S n) = Rabs (f (x + h))) -> steep F r x 0.
Proof. intros S T V D P E.
assert (L : F (fun h => Rabs d / 2 * Rabs h <= r (x + h) ^ Datatypes.S (Datatypes.S n))).
{ apply (both F _ _ _ (@filter_and R F _ _ _ (T (Rabs d / 2) ltac:(pose proof (Rabs_pos_lt _ D); lra)) E) S).
  intros h [H ->] _. subst v. rewrite Rplus_0_l in H. pose proof (Rabs_triang_inv (d * h) (d * h - f (x + h))) as I.
  replace (d * h - (d * h - f (x + h))) with (f (x + h)) in I by ring. rewrite (Rabs_minus_sym (d * h)) in I.
  rewrite Rabs_mult in I. lra. }
assert (A : forall eps, 0 < eps -> F (fun h => r (x + h) < eps)).
{ intros eps He. pose proof (pow_lt eps (Datatypes.S (Datatypes.S n)) He) as Q.
  apply (both F _ _ _ (tangent_near F _ _ _ _ _ T Q) E). intros h H I. subst v. rewrite Rminus_0_r in H. rewrite <- I in H.
  destruct (Rlt_dec (r (x + h)) eps) as [J|J]; [easy|exfalso].
  pose proof (pow_incr eps (r (x + h)) (Datatypes.S (Datatypes.S n)) ltac:(lra)). lra. }
split.
- intros eps He. generalize (A eps He). apply filter_imp. intros h H. rewrite Rminus_0_r, Rabs_pos_eq; auto.
- intros m Hm. pose proof (Rabs_pos_lt _ D) as Q.
  assert (K : 0 < Rmin 1 (Rabs d / 2 / m)). { apply Rmin_pos. lra. apply Rdiv_lt_0_compat; lra. }
  apply (both F _ _ _ L (A _ K)). intros h H I. rewrite Rminus_0_r, (Rabs_pos_eq (r (x + h))) by auto.
  pose proof (Rmin_l 1 (Rabs d / 2 / m)). pose proof (Rmin_r 1 (Rabs d / 2 / m)). specialize (P (x + h)).
  set (q := r (x + h)) in *. set (c := Rabs d / 2) in *.
  assert (X : q ^ Datatypes.S (Datatypes.S n) <= q * (c / m)).
  { simpl. apply Rmult_le_compat_l. easy. apply Rle_trans with (q * 1). apply Rmult_le_compat_l. easy.
    rewrite <- (pow1 n). apply pow_incr. lra. lra. }
  assert (Y : c * Rabs h <= q * (c / m)) by lra.
  apply (Rmult_le_reg_l (c / m)). apply Rdiv_lt_0_compat; unfold c; lra.
  replace (c / m * (m * Rabs h)) with (c * Rabs h) by (field; lra). lra. Qed.

Lemma cube_root t : 0 < t -> exp (ln t / 3) ^ 3 = t.
Proof. intros H. replace (exp (ln t / 3) ^ 3) with (exp (ln t / 3 + (ln t / 3 + ln t / 3))) by (rewrite !exp_plus; ring).
replace (ln t / 3 + (ln t / 3 + ln t / 3)) with (ln t) by field. now apply exp_ln. Qed.

Lemma cbrt_abs t : Rabs (cbrt t) ^ 3 = Rabs t.
Proof. unfold cbrt. destruct (Rlt_dec 0 t) as [A|A].
- rewrite !Rabs_pos_eq by (try (apply Rlt_le, exp_pos); lra). now apply cube_root.
- destruct (Rlt_dec t 0) as [B|B].
  + rewrite Rabs_Ropp, Rabs_pos_eq, (Rabs_left t) by (try (apply Rlt_le, exp_pos); lra). apply cube_root. lra.
  + replace t with 0 by lra. rewrite Rabs_R0. ring. Qed.

Lemma steep_abs f x : steep F (fun t => Rabs (f t)) x 0 -> steep F f x 0.
Proof. intros [A B]. split; intros k Hk; [generalize (A k Hk) | generalize (B k Hk)]; apply filter_imp; intros h;
now rewrite !Rminus_0_r, Rabs_Rabsolu. Qed.

Lemma steep_cbrt f x v d s : beside F s -> tangent F f x v d -> v = 0 -> d <> 0 -> steep F (fun t => cbrt (f t)) x 0.
Proof. intros S T V D. apply steep_abs. apply (steep_root f _ 1 _ _ _ _ S T V D). intros; apply Rabs_pos.
apply filter_forall. intros h. apply cbrt_abs. Qed.

Lemma steep_sqrt f x v d s : beside F s -> tangent F f x v d -> v = 0 -> d <> 0 -> positive F f x ->
  steep F (fun t => sqrt (f t)) x 0.
Proof. intros S T V D P. apply (steep_root f _ 0 _ _ _ _ S T V D). intros; apply sqrt_pos.
revert P. unfold positive. apply filter_imp. intros h H. rewrite Rabs_pos_eq by lra.
simpl. rewrite Rmult_1_r. apply sqrt_sqrt. lra. Qed.
End Steep.

Lemma steep_not_derivable F (N : Near F) f x v s : beside F s -> steep F f x v -> ~ ex_derive f x.
Proof. intros S [A B] [l H]. pose proof (derive_tangent F _ _ _ _ H) as T.
assert (V : f x = v).
{ apply Rminus_diag_uniq. destruct (Req_dec (f x - v) 0) as [E|E]; [easy|exfalso]. pose proof (Rabs_pos_lt _ E) as P.
  pose proof (@filter_and R F _ _ _ (A (Rabs (f x - v) / 2) ltac:(lra)) (tangent_near F _ _ _ _ (Rabs (f x - v) / 2) T ltac:(lra))) as X.
  apply filter_ex in X. destruct X as [h [I J]]. rewrite Rabs_minus_sym in J.
  pose proof (Rabs_triang (f x - f (x + h)) (f (x + h) - v)) as K.
  replace (f x - f (x + h) + (f (x + h) - v)) with (f x - v) in K by ring. lra. }
subst v. pose proof (Rabs_pos l).
pose proof (@filter_and R F _ _ _ (@filter_and R F _ _ _ (B (Rabs l + 2) ltac:(lra)) (tangent_change F _ _ _ _ T)) S) as X.
apply filter_ex in X. destruct X as [h [[I J] [_ K]]]. pose proof (Rabs_pos_lt _ K). nra. Qed.

Lemma power_below a p eps : 0 < a -> 0 < p -> 0 < eps -> a < exp (ln eps / p) -> Rpower a p < eps.
Proof. intros A P E H. apply ln_increasing in H; [|easy]. rewrite ln_exp in H. unfold Rpower.
rewrite <- (exp_ln eps) by easy. apply exp_increasing. apply (Rmult_lt_compat_l p) in H; [|easy].
replace (p * (ln eps / p)) with (ln eps) in H by (field; lra). lra. Qed.

Section Powers.
Context (F : (R -> Prop) -> Prop) {N : Near F}.

(* u^p at u = 0, where u rises with a slope: flat for p > 1, steep for p < 1. *)
Lemma tangent_power_zero f x v d c w : tangent F f x v d -> v = 0 -> 0 < w - 1 ->
  positive F f x -> c = w -> tangent F (fun t => power (f t) c) x 0 0.
Proof. intros T -> W P -> eps He. pose proof (Rabs_pos d) as Q. set (k := Rabs d + 1). 
assert (K : 0 < eps / k) by (apply Rdiv_lt_0_compat; unfold k; lra).
apply (both F _ _ _ (@filter_and R F _ _ _ (tangent_near F _ _ _ _ _ T (exp_pos (ln (eps / k) / (w - 1)))) P) (tangent_change F _ _ _ _ T)).
intros h [A B] C. rewrite Rminus_0_r in A, C. replace (power (f (x + h)) w - (0 + 0 * h)) with (power (f (x + h)) w) by ring.
rewrite (Rabs_pos_eq (f (x + h))) in A, C by lra. unfold power. destruct (Rlt_dec 0 (f (x + h))); [|lra].
rewrite (Rabs_pos_eq (Rpower _ _)) by (apply Rlt_le, exp_pos).
replace w with ((w - 1) + 1) by ring. rewrite Rpower_plus, Rpower_1 by easy.
pose proof (power_below _ _ _ B W K A) as D. fold k in C.
apply Rle_trans with (eps / k * (k * Rabs h)). apply Rmult_le_compat; try lra. apply Rlt_le, exp_pos.
right. field. unfold k; lra. Qed.

Lemma steep_power f x v d c w s : beside F s -> tangent F f x v d -> v = 0 -> d <> 0 -> 0 < w -> w < 1 ->
  positive F f x -> c = w -> steep F (fun t => power (f t) c) x 0.
Proof. intros S T -> D W W1 P ->. pose proof (Rabs_pos_lt _ D) as Q. split.
- intros eps He. apply (both F _ _ _ (tangent_near F _ _ _ _ _ T (exp_pos (ln eps / w))) P).
  intros h A B. rewrite Rminus_0_r in *. rewrite (Rabs_pos_eq (f (x + h))) in A by lra. unfold power.
  destruct (Rlt_dec 0 (f (x + h))); [|lra]. rewrite Rabs_pos_eq by (apply Rlt_le, exp_pos). now apply power_below.
- intros m Hm. set (c' := Rabs d / 2).
  assert (K : 0 < c' / m) by (apply Rdiv_lt_0_compat; unfold c'; lra).
  apply (both F _ _ _ (@filter_and R F _ _ _ (tangent_near F _ _ _ _ _ T (exp_pos (ln (c' / m) / (1 - w)))) P)
    (T c' ltac:(unfold c'; lra))).
  intros h [A B] C. rewrite Rminus_0_r in *. rewrite Rplus_0_l in C. rewrite (Rabs_pos_eq (f (x + h))) in A by lra.
  pose proof (Rabs_triang_inv (d * h) (d * h - f (x + h))) as I.
  replace (d * h - (d * h - f (x + h))) with (f (x + h)) in I by ring. rewrite (Rabs_minus_sym (d * h)) in I.
  rewrite Rabs_mult, (Rabs_pos_eq (f (x + h))) in I by lra. fold c' in C.
  pose proof (power_below _ (1 - w) _ B ltac:(lra) K A) as L. unfold power. destruct (Rlt_dec 0 (f (x + h))); [|lra].
  rewrite (Rabs_pos_eq (Rpower _ _)) by (apply Rlt_le, exp_pos).
  assert (J : Rpower (f (x + h)) w * Rpower (f (x + h)) (1 - w) = f (x + h)).
  { rewrite <- Rpower_plus. replace (w + (1 - w)) with 1 by ring. now apply Rpower_1. }
  set (y := f (x + h)) in *. set (p := Rpower y w) in *. set (q := Rpower y (1 - w)) in *.
  assert (0 < p) by apply exp_pos. assert (0 < q) by apply exp_pos.
  assert (X : c' * Rabs h <= p * (c' / m)).
  { apply Rle_trans with y. unfold c' in *; lra. rewrite <- J. apply Rmult_le_compat_l; lra. }
  apply (Rmult_le_reg_l (c' / m)). easy. replace (c' / m * (m * Rabs h)) with (c' * Rabs h) by (field; lra). lra. Qed.
End Powers.

Section Choices.
Context (F : (R -> Prop) -> Prop) {N : Near F}.

Lemma less_yes f g x : positive F (fun t => g t - f t) x -> F (fun h => f (x + h) < g (x + h)).
Proof. unfold positive. apply filter_imp. intros h H. lra. Qed.
Lemma less_no f g x : negative F (fun t => g t - f t) x -> F (fun h => ~ f (x + h) < g (x + h)).
Proof. unfold negative. apply filter_imp. intros h H. lra. Qed.
Lemma most_yes f g x : positive F (fun t => g t - f t) x -> F (fun h => f (x + h) <= g (x + h)).
Proof. unfold positive. apply filter_imp. intros h H. lra. Qed.
Lemma most_no f g x : negative F (fun t => g t - f t) x -> F (fun h => ~ f (x + h) <= g (x + h)).
Proof. unfold negative. apply filter_imp. intros h H. lra. Qed.
Lemma equal_no_more f g x : positive F (fun t => g t - f t) x -> F (fun h => ~ f (x + h) = g (x + h)).
Proof. unfold positive. apply filter_imp. intros h H. lra. Qed.
Lemma equal_no_less f g x : negative F (fun t => g t - f t) x -> F (fun h => ~ f (x + h) = g (x + h)).
Proof. unfold negative. apply filter_imp. intros h H. lra. Qed.
End Choices.

Lemma zero_here f x v d : tangent here f x v d -> v = 0 -> zero here f x.
Proof. intros T ->. unfold zero, here, at_point. specialize (T 1 Rlt_0_1). unfold here, at_point in T.
rewrite Rabs_R0 in T. replace (f (x + 0) - (0 + d * 0)) with (f (x + 0)) in T by ring.
destruct (Req_dec (f (x + 0)) 0) as [E|E]. easy. apply Rabs_pos_lt in E. lra. Qed.
Lemma zero_less_no f g x : zero here (fun t => g t - f t) x -> here (fun h => ~ f (x + h) < g (x + h)).
Proof. unfold zero, here, at_point. intros. lra. Qed.
Lemma zero_most_yes f g x : zero here (fun t => g t - f t) x -> here (fun h => f (x + h) <= g (x + h)).
Proof. unfold zero, here, at_point. intros. lra. Qed.
Lemma zero_equal_yes f g x : zero here (fun t => g t - f t) x -> here (fun h => f (x + h) = g (x + h)).
Proof. unfold zero, here, at_point. intros. lra. Qed.

Lemma smooth_whole_power n m z v : n = S m -> Z.of_nat n = z -> smooth (fun t => t ^ n) v (v ^ n) (IZR z * v ^ m).
Proof. intros -> <-. apply smooth_power. Qed.
Lemma smooth_power_zero v : smooth (fun t => t ^ 0) v 1 0.
Proof. split. easy. simpl. auto_derive; easy. Qed.


Lemma here_value f x v d : tangent here f x v d -> f x = v.
Proof. intros T. pose proof (tangent_constant here v x) as C. pose proof (tangent_minus here _ _ _ _ _ _ _ T C) as M.
apply zero_here in M; [|ring]. unfold zero, here, at_point in M. rewrite Rplus_0_r in M. lra. Qed.

Lemma here_chain g f x v d w : tangent here f x v d -> g v = w -> tangent here (fun t => g (f t)) x w 0.
Proof. intros T <-. rewrite <- (here_value _ _ _ _ T). intros eps He. unfold here, at_point.
replace (g (f (x + 0)) - (g (f x) + 0 * 0)) with 0 by (rewrite Rplus_0_r; ring). rewrite Rabs_R0. lra. Qed.

Lemma cbrt_zero v : v = 0 -> cbrt v = 0.
Proof. intros ->. unfold cbrt. destruct (Rlt_dec 0 0); lra. Qed.
Lemma sqrt_zero v : v = 0 -> sqrt v = 0.
Proof. intros ->. apply sqrt_0. Qed.
Lemma power_zero c v : c <> 0 -> v = 0 -> power v c = 0.
Proof. intros C ->. unfold power. destruct (Rlt_dec 0 0); [lra|]. now destruct (Req_EM_T c 0). Qed.

(* Inequalities between numbers: by intervals, in more and more bits. *)
Ltac quick := first [lra | interval with (i_prec 60)].
Ltac bound := first [quick | interval with (i_prec 150) | interval with (i_prec 600) | interval with (i_prec 2400)].

(* Equalities: what is known of functions at special places, then field arithmetic. *)
Ltac at_place a b := replace a with b by first [lra | solve [field; repeat split; bound]].
Ltac known :=
  match goal with
  | |- context [exp ?a] => replace (exp a) with 1 by (at_place a 0; symmetry; apply exp_0)
  | |- context [exp (ln ?a)] => rewrite (exp_ln a) by lra
  | |- context [ln (exp ?a)] => rewrite (ln_exp a)
  | |- context [ln ?a] => replace (ln a) with 0 by (at_place a 1; symmetry; apply ln_1)
  | |- context [sin ?a] => replace (sin a) with 0 by (at_place a 0; symmetry; apply sin_0)
  | |- context [sin ?a] => replace (sin a) with 0 by (at_place a PI; symmetry; apply sin_PI)
  | |- context [sin ?a] => replace (sin a) with 1 by (at_place a (PI / 2); symmetry; apply sin_PI2)
  | |- context [sin ?a] => replace (sin a) with (1 / 2) by (at_place a (PI / 6); symmetry; apply sin_PI6)
  | |- context [sin ?a] => replace (sin a) with (sqrt 3 / 2) by (at_place a (PI / 3); symmetry; apply sin_PI3)
  | |- context [cos ?a] => replace (cos a) with 1 by (at_place a 0; symmetry; apply cos_0)
  | |- context [cos ?a] => replace (cos a) with (-1) by (at_place a PI; symmetry; apply cos_PI)
  | |- context [cos ?a] => replace (cos a) with 0 by (at_place a (PI / 2); symmetry; apply cos_PI2)
  | |- context [cos ?a] => replace (cos a) with (1 / 2) by (at_place a (PI / 3); symmetry; apply cos_PI3)
  | |- context [cos ?a] => replace (cos a) with (sqrt 3 / 2) by (at_place a (PI / 6); symmetry; apply cos_PI6)
  | |- context [tan ?a] => replace (tan a) with 0 by (at_place a 0; symmetry; apply tan_0)
  | |- context [tan ?a] => replace (tan a) with 1 by (at_place a (PI / 4); symmetry; apply tan_PI4)
  | |- context [atan ?a] => replace (atan a) with 0 by (at_place a 0; symmetry; apply atan_0)
  | |- context [atan ?a] => replace (atan a) with (PI / 4) by (at_place a 1; symmetry; apply atan_1)
  | |- context [sqrt ?a] => replace (sqrt a) with 0 by (at_place a 0; symmetry; apply sqrt_0)
  | |- context [sqrt ?a] => replace (sqrt a) with 1 by (at_place a 1; symmetry; apply sqrt_1)
  | |- context [Rabs ?a] => rewrite (Rabs_pos_eq a) by bound
  | |- context [Rabs ?a] => rewrite (Rabs_left a) by bound
  end.
Ltac roots :=
  repeat match goal with
  | |- context [sqrt ?a] =>
    lazymatch goal with H : sqrt a * sqrt a = a |- _ => fail | _ => assert (sqrt a * sqrt a = a) by (apply sqrt_sqrt; lra) end
  end.
Ltac rational := unfold Q2R; cbv [QArith_base.Qnum QArith_base.Qden].
Ltac by_roots := first
  [ match goal with H : sqrt ?a * sqrt ?a = ?a |- _ => field [H] end
  | match goal with H : sqrt ?a * sqrt ?a = ?a, K : sqrt ?b * sqrt ?b = ?b |- _ => field [H K] end ].
Ltac equal := first [reflexivity | lra | solve [rational; field; repeat split; bound] | solve [rational; repeat known; first [lra | field; repeat split; bound | roots; first [by_roots | nra]]]].

(* The sign beside the point of a function whose tangent T is known. *)
Ltac beside_of F := lazymatch F with right => constr:(beside_right) | left => constr:(beside_left) end.
Ltac along_of F := lazymatch F with right => constr:(along_right) | left => constr:(along_left) | here => constr:(along_here) end.

Ltac is_positive F T :=
  first [ apply (positive_value F _ _ _ _ T); quick
        | let B := beside_of F in apply (positive_slope F _ _ _ _ _ B T); [equal | bound]
        | apply (positive_value F _ _ _ _ T); bound ].
Ltac is_negative F T :=
  first [ apply (negative_value F _ _ _ _ T); quick
        | let B := beside_of F in apply (negative_slope F _ _ _ _ _ B T); [equal | bound]
        | apply (negative_value F _ _ _ _ T); bound ].
Ltac is_zero T := apply (zero_here _ _ _ _ T); equal.

Ltac absolute F T :=
  first [ apply (tangent_abs_positive F _ _ _ _ T); apply (positive_value F _ _ _ _ T); quick
        | apply (tangent_abs_negative F _ _ _ _ T); apply (negative_value F _ _ _ _ T); quick
        | let A := along_of F in eapply (tangent_abs_zero F _ _ _ _ _ A T); equal
        | apply (tangent_abs_flat F _ _ _ _ T); equal
        | apply (tangent_abs_positive F _ _ _ _ T); is_positive F T
        | apply (tangent_abs_negative F _ _ _ _ T); is_negative F T ].

Ltac apart := first [ apply Rlt_not_eq; bound | apply Rgt_not_eq; bound ].

Ltac row_of :=
  lazymatch goal with
  | |- smooth exp _ _ _ => apply smooth_exp
  | |- smooth expm1 _ _ _ => apply smooth_expm1
  | |- smooth ln _ _ _ => apply smooth_ln
  | |- smooth log2 _ _ _ => apply smooth_log2
  | |- smooth log10 _ _ _ => apply smooth_log10
  | |- smooth log1p _ _ _ => apply smooth_log1p
  | |- smooth sqrt _ _ _ => apply smooth_sqrt
  | |- smooth cbrt _ _ _ => first [apply smooth_cbrt_positive; quick | apply smooth_cbrt_negative; quick | apply smooth_cbrt_positive; bound | apply smooth_cbrt_negative]
  | |- smooth sin _ _ _ => apply smooth_sin
  | |- smooth cos _ _ _ => apply smooth_cos
  | |- smooth tan _ _ _ => apply smooth_tan
  | |- smooth sec _ _ _ => apply smooth_sec
  | |- smooth csc _ _ _ => apply smooth_csc
  | |- smooth cot _ _ _ => apply smooth_cot
  | |- smooth asin _ _ _ => apply smooth_asin
  | |- smooth acos _ _ _ => apply smooth_acos
  | |- smooth atan _ _ _ => apply smooth_atan
  | |- smooth sinh _ _ _ => apply smooth_sinh
  | |- smooth cosh _ _ _ => apply smooth_cosh
  | |- smooth tanh _ _ _ => apply smooth_tanh
  | |- smooth asinh _ _ _ => apply smooth_asinh
  | |- smooth acosh _ _ _ => apply smooth_acosh
  | |- smooth atanh _ _ _ => apply smooth_atanh
  | |- smooth sigmoid _ _ _ => apply smooth_sigmoid
  | |- smooth softplus _ _ _ => apply smooth_softplus
  end; bound.

Ltac tangents := cbv beta;
  lazymatch goal with
  | |- tangent ?F (fun t => t) ?x _ _ => apply (tangent_identity F)
  | |- tangent ?F (fun _ => IZR _) _ _ _ => apply (tangent_constant F)
  | |- tangent ?F (fun _ => Q2R _) _ _ _ => apply (tangent_constant F)
  | |- tangent ?F (fun _ => IZR _ / IZR _) _ _ _ => apply (tangent_constant F)
  | |- tangent ?F (fun _ => IZR _ * IZR _) _ _ _ => apply (tangent_constant F)
  | |- tangent ?F (fun _ => Q2R _ / IZR _) _ _ _ => apply (tangent_constant F)
  | |- tangent ?F (fun _ => Q2R _ * IZR _) _ _ _ => apply (tangent_constant F)
  | |- tangent ?F (fun _ => PI) _ _ _ => apply (tangent_constant F)
  | |- tangent ?F (fun _ => ?c) ?x _ _ => eapply (tangent_fixed F c x); by_form
  | _ => by_form
  end
with by_form :=
  lazymatch goal with
  | |- tangent ?F (fun t => @?f t + @?g t) ?x _ _ => eapply (tangent_plus F f g x); tangents
  | |- tangent ?F (fun t => @?f t - @?g t) ?x _ _ => eapply (tangent_minus F f g x); tangents
  | |- tangent ?F (fun t => @?f t * @?g t) ?x _ _ => eapply (tangent_mult F f g x); tangents
  | |- tangent ?F (fun t => @?f t / @?g t) ?x _ _ =>
      let T := fresh "T" in eassert (T : tangent F g x _ _); [tangents |
      eapply (tangent_divide F f g x); [tangents | | exact T]; bound ]
  | |- tangent ?F (fun t => / @?f t) ?x _ _ =>
      let T := fresh "T" in eassert (T : tangent F f x _ _); [tangents |
      eapply (tangent_inverse F f x); [ | exact T]; bound ]
  | |- tangent ?F (fun t => - @?f t) ?x _ _ => eapply (tangent_opp F f x); tangents
  | |- tangent ?F (fun t => (@?f t) ^ 0) ?x _ _ =>
      eapply (tangent_chain F (fun t => t ^ 0) f x); [tangents | apply smooth_power_zero]
  | |- tangent ?F (fun t => (@?f t) ^ ?n) ?x _ _ =>
      let z := eval compute in (Z.of_nat n) in let m := eval compute in (pred n) in
      eapply (tangent_chain F (fun t => t ^ n) f x); [tangents | apply (smooth_whole_power n m z); reflexivity]
  | |- tangent ?F (fun t => power (@?f t) (@?g t)) ?x _ _ =>
      let T := fresh "T" in let U := fresh "U" in
      eassert (T : tangent F f x _ _); [tangents | eassert (U : tangent F g x _ _); [tangents |
      first [ eapply (tangent_power F f g x _ _ _ _); [ | exact T | exact U]; quick
            | lazymatch g with fun _ => ?c =>
                first [ apply (tangent_power_zero F f x _ _ c c T); [equal | bound | is_positive F T | reflexivity]
                      | apply (here_chain (fun t => power t c) f x _ _ _ T); apply power_zero; [apart | equal] ] end
            | eapply (tangent_power F f g x _ _ _ _); [ | exact T | exact U]; bound ] ] ]
  | |- tangent ?F (fun t => Rabs (@?f t)) ?x _ _ =>
      let T := fresh "T" in eassert (T : tangent F f x _ _); [tangents | absolute F T]
  | |- tangent ?F (fun t => relu (@?f t)) ?x ?v ?d =>
      change (tangent F (fun t => Rmax (f t) 0) x v d); tangents
  | |- tangent ?F (fun t => silu (@?f t)) ?x ?v ?d =>
      change (tangent F (fun t => f t * sigmoid (f t)) x v d); tangents
  | |- tangent ?F (fun t => sech (@?f t)) ?x ?v ?d => change (tangent F (fun t => 1 / cosh (f t)) x v d); tangents
  | |- tangent ?F (fun t => csch (@?f t)) ?x ?v ?d => change (tangent F (fun t => 1 / sinh (f t)) x v d); tangents
  | |- tangent ?F (fun t => coth (@?f t)) ?x ?v ?d => change (tangent F (fun t => cosh (f t) / sinh (f t)) x v d); tangents
  | |- tangent ?F (fun t => asec (@?f t)) ?x ?v ?d => change (tangent F (fun t => acos (1 / f t)) x v d); tangents
  | |- tangent ?F (fun t => acsc (@?f t)) ?x ?v ?d => change (tangent F (fun t => asin (1 / f t)) x v d); tangents
  | |- tangent ?F (fun t => acot (@?f t)) ?x ?v ?d => change (tangent F (fun t => atan (1 / f t)) x v d); tangents
  | |- tangent ?F (fun t => asech (@?f t)) ?x ?v ?d => change (tangent F (fun t => acosh (1 / f t)) x v d); tangents
  | |- tangent ?F (fun t => acsch (@?f t)) ?x ?v ?d => change (tangent F (fun t => asinh (1 / f t)) x v d); tangents
  | |- tangent ?F (fun t => acoth (@?f t)) ?x ?v ?d => change (tangent F (fun t => atanh (1 / f t)) x v d); tangents
  | |- tangent ?F (fun t => Rmax (@?f t) (@?g t)) ?x _ _ =>
      let T := fresh "T" in let U := fresh "U" in
      eassert (T : tangent F f x _ _); [tangents | eassert (U : tangent F g x _ _); [tangents |
      eapply (tangent_max F f g x _ _ _ _ _ _ T U); absolute F (tangent_minus F f g x _ _ _ _ T U) ] ]
  | |- tangent ?F (fun t => Rmin (@?f t) (@?g t)) ?x _ _ =>
      let T := fresh "T" in let U := fresh "U" in
      eassert (T : tangent F f x _ _); [tangents | eassert (U : tangent F g x _ _); [tangents |
      eapply (tangent_min F f g x _ _ _ _ _ _ T U); absolute F (tangent_minus F f g x _ _ _ _ T U) ] ]
  | |- tangent ?F (fun t => hypot (@?f t) (@?g t)) ?x _ _ =>
      let T := fresh "T" in let U := fresh "U" in
      eassert (T : tangent F f x _ _); [tangents | eassert (U : tangent F g x _ _); [tangents |
      first [ eapply (tangent_hypot F f g x _ _ _ _ T U); quick
            | let A := along_of F in eapply (tangent_hypot_zero F f g x _ _ _ _ _ A T U); equal
            | eapply (tangent_hypot F f g x _ _ _ _ T U); bound ] ] ]
  | |- tangent ?F (fun t => atan2 (@?f t) (@?g t)) ?x _ _ =>
      let T := fresh "T" in let U := fresh "U" in
      eassert (T : tangent F f x _ _); [tangents | eassert (U : tangent F g x _ _); [tangents |
      first [ eapply (tangent_atan2_positive F f g x _ _ _ _ T U); quick
            | eapply (tangent_atan2_negative F f g x _ _ _ _ T U); quick
            | eapply (tangent_atan2_right F f g x _ _ _ _ T U); bound ] ] ]
  | |- tangent ?F (fun t => sign (@?f t)) ?x ?v ?d =>
      change (tangent F (fun t => if Rlt_dec 0 (f t) then 1 else if Rlt_dec (f t) 0 then -1 else 0) x v d); tangents
  | |- tangent ?F (fun t => if Rlt_dec (@?a t) (@?b t) then @?f t else @?g t) ?x _ _ =>
      let T := fresh "T" in eassert (T : tangent F (fun t => b t - a t) x _ _); [tangents |
      first [ apply (tangent_yes F _ (fun t => Rlt_dec (a t) (b t)) f g x); [apply (less_yes F a b x); is_positive F T | ]
            | apply (tangent_no F _ (fun t => Rlt_dec (a t) (b t)) f g x);
              [first [apply (less_no F a b x); is_negative F T | apply (zero_less_no a b x); is_zero T] | ] ]; tangents ]
  | |- tangent ?F (fun t => if Rle_dec (@?a t) (@?b t) then @?f t else @?g t) ?x _ _ =>
      let T := fresh "T" in eassert (T : tangent F (fun t => b t - a t) x _ _); [tangents |
      first [ apply (tangent_yes F _ (fun t => Rle_dec (a t) (b t)) f g x);
              [first [apply (most_yes F a b x); is_positive F T | apply (zero_most_yes a b x); is_zero T] | ]
            | apply (tangent_no F _ (fun t => Rle_dec (a t) (b t)) f g x); [apply (most_no F a b x); is_negative F T | ] ]; tangents ]
  | |- tangent ?F (fun t => if Req_EM_T (@?a t) (@?b t) then @?f t else @?g t) ?x _ _ =>
      let T := fresh "T" in eassert (T : tangent F (fun t => b t - a t) x _ _); [tangents |
      first [ apply (tangent_no F _ (fun t => Req_EM_T (a t) (b t)) f g x);
              [first [apply (equal_no_more F a b x); is_positive F T | apply (equal_no_less F a b x); is_negative F T] | ]
            | apply (tangent_yes F _ (fun t => Req_EM_T (a t) (b t)) f g x); [apply (zero_equal_yes a b x); is_zero T | ] ]; tangents ]
  | |- tangent ?F (fun t => sqrt ((@?f t) ^ 2)) ?x _ _ =>
      eapply (tangent_sqrt_square F f x); tangents
  | |- tangent ?F (fun t => sqrt ((@?f t) ^ 2 + (@?g t) ^ 2)) ?x ?v ?d =>
      change (tangent F (fun t => hypot (f t) (g t)) x v d); tangents
  | |- tangent here (fun t => cbrt (@?f t)) ?x _ _ =>
      let T := fresh "T" in eassert (T : tangent here f x _ _); [tangents |
      first [ eapply (tangent_chain here cbrt f x _ _ _ _ T); row_of
            | apply (here_chain cbrt f x _ _ _ T); apply cbrt_zero; equal ] ]
  | |- tangent here (fun t => sqrt (@?f t)) ?x _ _ =>
      let T := fresh "T" in eassert (T : tangent here f x _ _); [tangents |
      first [ eapply (tangent_chain here sqrt f x _ _ _ _ T); row_of
            | apply (here_chain sqrt f x _ _ _ T); apply sqrt_zero; equal ] ]
  | |- tangent ?F (fun t => ?g (@?f t)) ?x _ _ => eapply (tangent_chain F g f x); [tangents | row_of]
  end.


(* The four kinds of theorems. *)
Ltac enclosed := first [bound | split; apply Req_le; equal].
Ltac differentiable := eexists; split; [eapply tangent_derive; tangents | enclosed].
Ltac differentiable_by_sides := eexists; split;
  [eapply tangent_derive, tangent_joined; [tangents | tangents | tangents | equal | equal | equal] | enclosed].
Ltac corner := eapply not_derivable; [tangents | tangents | right; apart].
Ltac jump := first [ eapply not_derivable; [tangents | tangents | left; apart]
  | eapply not_continuous_left; [tangents | tangents | apart]
  | eapply not_continuous_right; [tangents | tangents | apart] ].

Ltac steeps := cbv beta;
  lazymatch goal with
  | |- steep ?F (fun t => @?f t + @?g t) ?x _ =>
      first [ eapply (steep_plus F f g x); [steeps | tangents] | eapply (steep_plus_left F g f x); [tangents | steeps] ]
  | |- steep ?F (fun t => @?f t - @?g t) ?x _ =>
      first [ eapply (steep_minus F f g x); [steeps | tangents] | eapply (steep_minus_left F g f x); [tangents | steeps] ]
  | |- steep ?F (fun t => @?f t * @?g t) ?x _ =>
      first [ eapply (steep_mult F f g x); [ | steeps | tangents]; apart | eapply (steep_mult_left F g f x); [ | tangents | steeps]; apart ]
  | |- steep ?F (fun t => @?f t / @?g t) ?x _ => eapply (steep_divide F f g x); [ | steeps | tangents]; apart
  | |- steep ?F (fun t => - @?f t) ?x _ => eapply (steep_opp F f x); steeps
  | |- steep ?F (fun t => (@?f t) ^ ?n) ?x _ =>
      let z := eval compute in (Z.of_nat n) in let m := eval compute in (pred n) in
      eapply (steep_chain F (fun t => t ^ n) f x); [steeps | apply (smooth_whole_power n m z); reflexivity | apart]
  | |- steep ?F (fun t => power (@?f t) (@?g t)) ?x _ =>
      let c := lazymatch g with fun _ => ?c => c end in
      let T := fresh "T" in eassert (T : tangent F f x _ _); [tangents | let B := beside_of F in
      eapply (steep_power F f x _ _ c c _ B T); [equal | apart | bound | bound | is_positive F T | reflexivity] ]
  | |- steep ?F (fun t => cbrt (@?f t)) ?x _ =>
      first [ let T := fresh "T" in eassert (T : tangent F f x _ _); [tangents | let B := beside_of F in
              eapply (steep_cbrt F f x _ _ _ B T); [equal | apart] ]
            | eapply (steep_chain F cbrt f x); [steeps | row_of | apart] ]
  | |- steep ?F (fun t => sqrt (@?f t)) ?x _ =>
      first [ let T := fresh "T" in eassert (T : tangent F f x _ _); [tangents | let B := beside_of F in
              eapply (steep_sqrt F f x _ _ _ B T); [equal | apart | is_positive F T] ]
            | eapply (steep_chain F sqrt f x); [steeps | row_of | apart] ]
  | |- steep ?F (fun t => ?g (@?f t)) ?x _ => eapply (steep_chain F g f x); [steeps | row_of | apart]
  end.
Ltac steep_on_the_right := eapply (steep_not_derivable right _ _ _ _ _ beside_right); steeps.
Ltac steep_on_the_left := eapply (steep_not_derivable left _ _ _ _ _ beside_left); steeps.
